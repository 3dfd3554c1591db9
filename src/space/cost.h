/* What native layers cost: trained scalars, multiply-adds, depth. Decisions 2.8. */
#ifndef HOX_SPACE_COST_H
#define HOX_SPACE_COST_H

#include <stdbool.h>

/* One layer at one place. */
typedef struct {
    const double *in, *out; /* dimensions: image (h, w, c), vector (n) */
    int in_rank, out_rank;
    /* The value of a parameter: the least it may have, or the most. */
    double (*number)(void *ctx, const char *parameter, bool most);
    bool (*is)(void *ctx, const char *parameter, const char *word); /* surely that word */
    void *ctx;
} hox__cost_site;

/* params, flops, depth, memory: the costs that a requirement names. -1: none of them. */
int hox__metric_named(const char *name);
extern const char *const hox__metric_name[];

int hox__cost_row(const char *layer); /* -1: costs nothing */
bool hox__cost_deepens(int row);      /* one layer more on its path, whatever its sizes */
bool hox__cost_depends(int row, const char *parameter);
void hox__cost_of(int row, const hox__cost_site *site, double cost[3]); /* params, flops, depth */

#endif
