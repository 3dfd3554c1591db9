/* Events as the stores of versions 1 to 3 had them, a column for each thing that any event says. */
#ifndef HOX_STUDY_STORE_WIDE_H
#define HOX_STUDY_STORE_WIDE_H

#include "study/store_write.h"
#include <sqlite3.h>

enum { HOX__WIDE_COLUMNS = 27 };

/* A row of id, study, type, trial, time_ms, state, reason, detail, walk, key, seed, value, budget,
 * step, accuracy, loss, train_loss, epochs, cpu_s, memory_bytes, repeat_of, params, flops, scores,
 * violation, metrics, lease_ms; texts are borrowed until the next. */
void hox__wide_read(sqlite3_stmt *row, hox__event *event);

#endif
