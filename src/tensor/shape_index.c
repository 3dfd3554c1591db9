/* Shape rules of what moves or picks by position: flips, largest elements, rows by number. */
#include "tensor/internal.h"

#define IN(i) (&g->node[value->in[i]])
#define NAME  (hox__operations[value->op].name)
#define TEXT  HOX__SHAPE_STRING

static bool axes_fit(hox__graph *g, const hox__value *value)
{
    const hox__shape *a = &IN(0)->shape;
    if (!(value->param.axes >> a->rank))
        return true;
    return hox__graph_fail(g, HOX_ERR_ARGUMENT, "%s: axes 0x%x are not all axes of %s", NAME,
                           value->param.axes, TEXT(a));
}

bool hox__shape_flip(hox__graph *g, hox__value *value)
{
    return axes_fit(g, value) && hox__rule_floats(g, value, 0, 1) &&
           hox__rule_give(g, value, &IN(0)->shape, HOX__F32);
}

bool hox__shape_maxval(hox__graph *g, hox__value *value)
{
    hox__shape out = IN(0)->shape;
    if (!axes_fit(g, value) || !hox__rule_floats(g, value, 0, 1))
        return false;
    for (int i = 0; i < out.rank; i++)
        if (value->param.axes >> i & 1)
            out.dim[i] = 1;
    return hox__rule_give(g, value, &out, HOX__F32);
}

bool hox__shape_argmax(hox__graph *g, hox__value *value)
{
    hox__shape out = IN(0)->shape;
    if (!hox__rule_axis(g, value, out.rank) || !hox__rule_floats(g, value, 0, 1))
        return false;
    out.dim[value->param.axis] = 1;
    return hox__rule_give(g, value, &out, HOX__I32);
}

bool hox__shape_cast(hox__graph *g, hox__value *value)
{
    const int type = value->param.type, from = (int)IN(0)->type;
    if ((type != HOX__F32 && type != HOX__I32) || (from != HOX__F32 && from != HOX__I32))
        return hox__graph_fail(g, HOX_ERR_ARGUMENT, "cast: only numbers and labels are cast");
    return hox__rule_give(g, value, &IN(0)->shape, (hox__type)type);
}

static bool is_index(hox__graph *g, const hox__value *value)
{
    if (IN(1)->type == HOX__I32)
        return true;
    return hox__graph_fail(g, HOX_ERR_ARGUMENT, "%s: operand 2 must hold row numbers", NAME);
}

/* [r, d...] by [i...] is [i..., d...]. */
bool hox__shape_gather_rows(hox__graph *g, hox__value *value)
{
    const hox__shape *table = &IN(0)->shape, *index = &IN(1)->shape;
    hox__shape out = *index;
    if (!hox__rule_floats(g, value, 0, 1) || !is_index(g, value))
        return false;
    if (table->rank < 1 || table->rank + index->rank - 1 > HOX__RANK_MAX)
        return hox__graph_fail(g, HOX_ERR_SHAPE,
                               "gather_rows: rows of %s by numbers %s: needs a table of rows and "
                               "at most %d dimensions in all",
                               TEXT(table), TEXT(index), HOX__RANK_MAX);
    for (int i = 1; i < table->rank; i++)
        out.dim[out.rank++] = table->dim[i];
    return hox__rule_give(g, value, &out, HOX__F32);
}

/* [i..., d...] by [i...] is [size_h, d...]. */
bool hox__shape_scatter_rows(hox__graph *g, hox__value *value)
{
    const hox__shape *rows = &IN(0)->shape, *index = &IN(1)->shape;
    hox__shape out = {.rank = 1, .dim = {value->param.size_h}};
    bool fits = rows->rank >= index->rank;
    for (int i = 0; fits && i < index->rank; i++)
        fits = rows->dim[i] == index->dim[i];
    if (!hox__rule_floats(g, value, 0, 1) || !is_index(g, value))
        return false;
    if (!fits || rows->rank - index->rank >= HOX__RANK_MAX)
        return hox__graph_fail(g, HOX_ERR_SHAPE,
                               "scatter_add_rows: rows %s do not begin with the dimensions %s of "
                               "their numbers",
                               TEXT(rows), TEXT(index));
    for (int i = index->rank; i < rows->rank; i++)
        out.dim[out.rank++] = rows->dim[i];
    return hox__rule_give(g, value, &out, HOX__F32);
}
