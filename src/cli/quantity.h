/* Quantities as people write and read them on a command line: counts with k M G and Ki Mi Gi,
 * durations with their unit, grouped digits, widths on a terminal. */
#ifndef HOX_CLI_QUANTITY_H
#define HOX_CLI_QUANTITY_H

#include "base/text.h"
#include <hox/status.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A number with an optional factor k M G (1000) or Ki Mi Gi (1024) behind it: "2k", "1.5G".
 * HOX_ERR_ARGUMENT names the text. The first refuses what is not whole. */
hox_status hox__quantity_int(const char *s, int64_t *out, hox_error *err);
hox_status hox__quantity_real(const char *s, double *out, hox_error *err);

/* Parts with units ms s m h d: "90s", "1h30m". A number without a unit is an error that says which
 * to write. */
hox_status hox__quantity_duration(const char *s, double *seconds, hox_error *err);

/* Decimal, 0 .. 2^64-1. */
hox_status hox__quantity_seed(const char *s, uint64_t *out, hox_error *err);

void hox__print_duration(hox__text *out, double seconds); /* 0:47, 2:00, 1:02:03 */
void hox__print_bytes(hox__text *out, double bytes);      /* 212 KiB */
void hox__print_grouped(hox__text *out, int64_t n);       /* 60 000 */
void hox__print_power(hox__text *out, double log10);      /* 4e9; small ones in digits */
void hox__print_score(hox__text *out, double value); /* 0.9012; 4 significant digits at least */

/* Columns that `s` takes on a terminal: characters, wide ones twice, combining ones not at all. */
int hox__width(const char *s, size_t n);

/* The longest start of `s` that fits `width` columns, in bytes. */
size_t hox__width_cut(const char *s, size_t n, int width);

#endif
