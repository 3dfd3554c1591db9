/* The values a range may take, and drawing from them. Language.md 3.3, decisions 2.5. */
#include "base/number.h"
#include "space/derive.h"
#include "space/draw.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* 0.1 * 3 is 0.30000000000000004; a person means 0.3. */
static double decimal(double x, int decimals)
{
    char text[64];
    int n = snprintf(text, sizeof text, "%.*f", decimals, x);
    double y = x;
    bool whole;
    if (n > 0 && n < (int)sizeof text)
        hox__number_read(text[0] == '-' ? text + 1 : text, strlen(text) - (text[0] == '-'), &y,
                         &whole);
    return n > 0 && n < (int)sizeof text && text[0] == '-' ? -y : y;
}

static double steps(const hox__phrase *p, double x)
{
    return p->is_log ? hox__log(x / p->low) / hox__log(p->step) : (x - p->low) / p->step;
}

double hox__grid_value(const hox__phrase *p, double x)
{
    if (x < p->low)
        x = p->low;
    if (x > p->high)
        x = p->high;
    if (p->integral && (p->is_log ? p->step == 0 : p->step == 1))
        return floor(x + 0.5);
    if (p->step == 0)
        return x;
    double k = floor(steps(p, x) + 0.5), most = floor(steps(p, p->high) + 1e-9);
    if (k > most)
        k = most;
    if (p->is_log) {
        double y = p->low;
        for (int i = 0; i < (int)k; i++)
            y *= p->step;
        return y;
    }
    return p->integral ? p->low + k * p->step : decimal(p->low + k * p->step, p->decimals);
}

static int64_t branch_at(const hox_choice *c, double part)
{
    double sum = 0;
    for (int i = 0; i < c->n; i++)
        if (c->mask[i])
            sum += c->weight[i];
    double u = part * sum;
    int64_t last = 0;
    for (int i = 0; i < c->n; i++) {
        if (!c->mask[i])
            continue;
        last = i;
        if ((u -= c->weight[i]) < 0)
            break;
    }
    return last;
}

static double whole_at(const hox_choice *c, double u)
{
    double x;
    if (c->is_log && c->step <= 1) {
        double low = hox__log(c->low - 0.5), high = hox__log(c->high + 0.5);
        x = floor(hox__exp(low + u * (high - low)) + 0.5);
    } else if (c->is_log) {
        double n = floor(hox__log(c->high / c->low) / hox__log(c->step) + 1e-9) + 1;
        x = c->low;
        for (double k = floor(u * n); k > 0; k--)
            x *= c->step;
    } else {
        double n = floor((c->high - c->low) / c->step + 1e-9) + 1;
        x = c->low + floor(u * n) * c->step;
    }
    return fmin(fmax(x, c->low), c->high);
}

static double real_at(const hox_choice *c, double u)
{
    double x;
    if (c->step > 0) {
        double n = c->is_log ? hox__log(c->high / c->low) / hox__log(c->step)
                             : (c->high - c->low) / c->step;
        double k = floor(u * (floor(n + 1e-9) + 1));
        x = c->is_log ? c->low * hox__exp(k * hox__log(c->step)) : c->low + k * c->step;
    } else if (c->is_log) {
        double low = hox__log(c->low), high = hox__log(c->high);
        x = hox__exp(low + u * (high - low));
    } else {
        x = c->low + u * (c->high - c->low);
    }
    return fmin(fmax(x, c->low), c->high);
}

hox_answer hox__choice_at(const hox_choice *c, double u)
{
    switch (c->kind) {
    case HOX_ASK_CHOICE:
        return (hox_answer){.index = branch_at(c, u)};
    case HOX_ASK_INT:
        return (hox_answer){.index = (int64_t)whole_at(c, u)};
    case HOX_ASK_REAL:
        break;
    }
    return (hox_answer){.real = real_at(c, u)};
}

hox_answer hox_choice_draw(const hox_choice *c, hox_rng *rng)
{
    return hox__choice_at(c, hox_rng_unit(rng));
}

bool hox_choice_admits(const hox_choice *c, hox_answer a)
{
    if (c->kind == HOX_ASK_CHOICE)
        return a.index >= 0 && a.index < c->n && c->mask[a.index];
    if (c->kind == HOX_ASK_REAL)
        return a.real >= c->low && a.real <= c->high;
    double x = (double)a.index;
    if (x < c->low || x > c->high)
        return false;
    if (c->is_log && c->step > 1) {
        double y = c->low;
        while (y < x - 0.5)
            y *= c->step;
        return fabs(y - x) < 0.5;
    }
    double k = (x - c->low) / (c->step > 0 ? c->step : 1);
    return k == floor(k);
}
