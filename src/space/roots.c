/* Roots: which rules begin, which hold no choice, which are never reached; the budget. */
#include "space/model.h"

static bool reach(void *ctx, const hox__phrase *p)
{
    hox__rule *rule = (hox__rule *)(uintptr_t)(p->kind == HOX__RULE ? p->rule : NULL);
    if (!rule || rule->used)
        return true;
    rule->used = true;
    for (int k = 0; k < rule->n; k++)
        hox__phrase_visit(rule->param[k].fallback, reach, ctx);
    return hox__phrase_visit(rule->body, reach, ctx);
}

static bool is_called(const hox__rule *rule)
{
    for (const hox__phrase *s = rule->site; s; s = s->next_site)
        return true;
    return false;
}

typedef struct {
    hox_space *space;
    hox__rule *root;
} budget_search;

static bool find_budget(void *ctx, const hox__phrase *p)
{
    budget_search *s = ctx;
    if (p->kind != HOX__BUDGET)
        return true;
    if (s->space->budget)
        hox__diagnose(s->space->list, p->source, p->place, "E0315",
                      "a space has one budget, this is the second");
    else
        s->space->budget = p;
    return true;
}

static hox__rule *owner_of_budget(hox_space *space)
{
    budget_search s = {space, NULL};
    hox__rule *owner = NULL;
    for (int i = 0; i < space->n_rules; i++) {
        const hox__phrase *before = space->budget;
        hox__phrase_visit(space->rule[i]->body, find_budget, &s);
        if (space->budget != before)
            owner = space->rule[i];
    }
    return owner;
}

static void parameterless(hox_space *space, const hox__rule *rule)
{
    if (rule->n)
        hox__diagnose(space->list, rule->source, rule->item->name_place, "E0301",
                      "`%s` is reserved and has no parameters", rule->name);
    if (hox__is_constant_root(rule->name) && rule->body && hox__phrase_asks(rule->body))
        hox__diagnose(space->list, rule->source, rule->item->name_place, "E0302",
                      "`%s` holds a choice, but it must say one thing", rule->name);
}

void hox__check_roots(hox_space *space)
{
    space->root = HOX__NEW_N(space->arena, hox__rule *, space->n_rules + 1);
    space->fixed = HOX__NEW_N(space->arena, struct hox__fixed, space->n_rules + 1);
    if (!space->root || !space->fixed) {
        space->failed_memory = true;
        return;
    }
    const bool command = hox__rule_named(space, "command"); /* its placeholders name rules */
    for (int i = 0; i < space->n_rules; i++) {
        hox__rule *rule = space->rule[i];
        bool reserved = hox__is_reserved(rule->name);
        if (reserved)
            parameterless(space, rule);
        rule->is_root = rule->body && !rule->n &&
                        (reserved || ((space->free_words || command) && !is_called(rule)));
        if (rule->is_root)
            space->root[space->n_roots++] = rule;
    }
    for (int i = 0; i < space->n_roots; i++) {
        space->root[i]->used = true;
        hox__phrase_visit(space->root[i]->body, reach, space);
    }
    for (int i = 0; i < space->n_rules; i++)
        if (!space->rule[i]->used && space->n_roots)
            hox__diagnose(space->list, space->rule[i]->source, space->rule[i]->item->name_place,
                          "W0201", "nothing uses `%s`", space->rule[i]->name);
    space->budget_root = owner_of_budget(space);
    space->is_sentence = true;
    for (int i = 0; i < space->n_roots; i++)
        if (hox__phrase_asks(space->root[i]->body))
            space->is_sentence = false;
}
