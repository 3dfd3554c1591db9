#include "search/minimize.h"
#include "base/symbol.h"
#include <nlopt.h>

#define FUNCTIONS(X)                                                                               \
    X(nlopt_opt, create, (nlopt_algorithm, unsigned))                                              \
    X(nlopt_result, set_min_objective, (nlopt_opt, nlopt_func, void *))                            \
    X(nlopt_result, set_lower_bounds, (nlopt_opt, const double *))                                 \
    X(nlopt_result, set_upper_bounds, (nlopt_opt, const double *))                                 \
    X(nlopt_result, set_maxeval, (nlopt_opt, int))                                                 \
    X(nlopt_result, set_ftol_abs, (nlopt_opt, double))                                             \
    X(nlopt_result, optimize, (nlopt_opt, double *, double *))                                     \
    X(void, destroy, (nlopt_opt))

typedef struct {
#define X(type, name, arguments) type(*name) arguments;
    FUNCTIONS(X)
#undef X
} library;

static hox_status load(library *f, hox_error *err)
{
    void *handle = hox__symbol_library("libnlopt.so.0");
    bool all = handle != NULL;
#define X(type, name, arguments) all = all && hox__symbol_find(handle, "nlopt_" #name, &f->name);
    FUNCTIONS(X)
#undef X
    return all ? HOX_OK
               : hox_fail(err, HOX_ERR_IO,
                          "Gaussian processes need the library nlopt, and it is not here\n"
                          "`apt-get install libnlopt0`, or another strategy: -s tpe");
}

hox_status hox__minimize_find(hox_error *err)
{
    library f;
    return load(&f, err);
}

hox_status hox__minimize(int n, double *x, const hox__downhill *way)
{
    library f;
    double value;
    if (load(&f, NULL) != HOX_OK)
        return HOX_ERR_MEMORY;
    nlopt_opt opt = f.create(NLOPT_LD_LBFGS, (unsigned)n);
    if (!opt)
        return HOX_ERR_MEMORY;
    f.set_min_objective(opt, way->value, way->ctx);
    f.set_lower_bounds(opt, way->low);
    f.set_upper_bounds(opt, way->high);
    f.set_maxeval(opt, way->steps);
    f.set_ftol_abs(opt, way->enough);
    f.optimize(opt, x, &value); /* whatever it says */
    f.destroy(opt);
    return HOX_OK;
}
