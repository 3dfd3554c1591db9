/* Activations: one function of the graph each. */
#include "nn/layers.h"

#define ACTIVATION(word, function)                                                                 \
    hox__node hox__layer_##word(const hox__site *site, hox__node x)                                \
    {                                                                                              \
        return function(site->g, x);                                                               \
    }

ACTIVATION(relu, hox__relu)
ACTIVATION(tanh, hox__tanh_)
ACTIVATION(sigmoid, hox__sigmoid)
ACTIVATION(elu, hox__elu)
ACTIVATION(gelu, hox__gelu)
ACTIVATION(swish, hox__swish)
