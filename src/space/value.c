/* What scalars are worth: derived ones, and those that hold no question. */
#include "space/derive.h"
#include <math.h>

double hox__arithmetic(char op, double a, double b)
{
    switch (op) {
    case '+':
        return a + b;
    case '-':
        return a - b;
    case '*':
        return a * b;
    case '/':
        return a / b;
    default:
        return b == 0 ? (double)NAN : a - b * floor(a / b);
    }
}

static hox__value number(double x)
{
    return (hox__value){HOX__VALUE_NUMBER, x, NULL};
}

static hox__value joined(char op, hox__value a, hox__value b)
{
    if (a.kind != HOX__VALUE_NUMBER || b.kind != HOX__VALUE_NUMBER)
        return (hox__value){0};
    return number(hox__arithmetic(op, a.number, b.number));
}

hox__value hox__thunk_value(const hox__thunk *thunk)
{
    if (thunk->node)
        return hox__node_value(thunk->node);
    return thunk->phrase ? hox__phrase_value(thunk->phrase, thunk->env) : (hox__value){0};
}

hox__value hox__phrase_value(const hox__phrase *p, const hox__env *env)
{
    switch (p->kind) {
    case HOX__NUMBER:
        return number(p->number);
    case HOX__BUDGET:
        return number(p->high);
    case HOX__WORD:
        return (hox__value){HOX__VALUE_WORD, 0, p->name};
    case HOX__TEXT:
        return (hox__value){HOX__VALUE_TEXT, 0, p->name};
    case HOX__RULE:
        return p->rule->n || p->rule->recursive || !p->rule->body
                   ? (hox__value){0}
                   : hox__phrase_value(p->rule->body, NULL);
    case HOX__PARAM:
        return env ? hox__thunk_value(&env->thunk[p->index]) : (hox__value){0};
    case HOX__BINARY:
        return joined(p->op, hox__phrase_value(p->kid[0], env), hox__phrase_value(p->kid[1], env));
    case HOX__LAYER: /* a word that is also a layer's name */
    case HOX__FREE:
        return p->n == 0 ? (hox__value){HOX__VALUE_WORD, 0, p->name} : (hox__value){0};
    case HOX__RANGE:
    case HOX__CHOICE:
    case HOX__CHAIN:
    case HOX__COPIES:
    case HOX__REPEAT:
    case HOX__LIST:
        break;
    }
    return (hox__value){0};
}

hox__value hox__node_value(const hox__node *node)
{
    const hox__phrase *p = node->phrase;
    switch (p->kind) {
    case HOX__RANGE:
        return node->answered ? number(node->answer) : (hox__value){0};
    case HOX__CHOICE:
        if (!node->answered)
            return (hox__value){0};
        return node->n ? hox__node_value(node->kid[0])
                       : hox__phrase_value(p->kid[(int)node->answer], node->env);
    case HOX__RULE:
    case HOX__PARAM:
        return node->n ? hox__node_value(node->kid[0]) : hox__phrase_value(p, node->env);
    case HOX__BINARY:
        return node->n == 2
                   ? joined(p->op, hox__node_value(node->kid[0]), hox__node_value(node->kid[1]))
                   : hox__phrase_value(p, node->env);
    default:
        return hox__phrase_value(p, node->env);
    }
}
