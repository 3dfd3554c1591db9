/* Settings of methods and layers declared as a table: name, domain in the language, default,
 * source. What `search = evolution(population: 30)` may say is checked like any layer's arguments.
 */
#ifndef HOX_SPACE_SETTINGS_H
#define HOX_SPACE_SETTINGS_H

#include <hox/space.h>

typedef struct {
    const char *name;     /* "population" */
    const char *domain;   /* "int 2..1000000", "real 0..1", "yes | no" */
    const char *fallback; /* "100" */
    const char *source;   /* where the default comes from: "Real et al. 2019, table 1" */
    const char *meaning;  /* one line */
} hox_setting;

typedef struct {
    double number;
    const char *word; /* NULL for numbers */
} hox_value;

/* Reads `call` (a CALL or WORD term; NULL means all defaults) against the table: value[i] belongs
 * to setting[i]. Unknown names, values outside the domain: HOX_ERR_ARGUMENT naming the setting, its
 * domain and the nearest name. */
hox_status hox__settings_read(const hox_setting *setting, int n, const hox_term *call,
                              hox_value *value, hox_error *err);

#endif
