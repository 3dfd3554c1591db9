/* Functions of libraries that are opened when they are first needed. */
#ifndef HOX_BASE_SYMBOL_H
#define HOX_BASE_SYMBOL_H

#include <dlfcn.h>
#include <stdbool.h>
#include <string.h>

/* The library of that file name, or NULL. It is opened once, seen by nobody else and never closed:
 * the next time costs microseconds. */
static inline void *hox__symbol_library(const char *file)
{
    return dlopen(file, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
}

/* *function (a pointer to a function pointer) = what `name` is in the library of `handle`; false,
 * and NULL: it has no such. Object and function pointers have one size wherever dlsym exists. */
static inline bool hox__symbol_find(void *handle, const char *name, void *function)
{
    void *symbol = dlsym(handle, name);
    memcpy(function, &symbol, sizeof symbol);
    return symbol != NULL;
}

#endif
