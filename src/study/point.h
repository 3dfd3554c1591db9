/* A point that somebody knows: `lr=0.01,opt=adam,opt.beta=0.9`, as the answers of a walk. What is
 * not said is as in the default sentence. */
#ifndef HOX_STUDY_POINT_H
#define HOX_STUDY_POINT_H

#include <hox/space.h>

/* Derives it on `walk`, complete then. HOX_ERR_ARGUMENT names what no question asks or what its
 * domain has not. */
hox_status hox__point_read(const char *text, hox_walk *walk, hox_error *err);

/* The name that the question of this path is known by: `lr`, `opt.beta` for "opt/adam.beta". */
enum { HOX__POINT_NAME = 256 };
void hox__point_name(const char *path, char out[HOX__POINT_NAME]);

#endif
