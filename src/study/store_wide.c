#include "study/store_wide.h"
#include "study/store_sqlite.h"

void hox__wide_read(sqlite3_stmt *row, hox__event *out)
{
    *out = (hox__event){
        .id = sqlite3_column_int64(row, 0),
        .type = hox__column_text(row, 2),
        .trial = (uint64_t)sqlite3_column_int64(row, 3),
        .time_ms = sqlite3_column_int64(row, 4),
        .state = hox__column_text(row, 5),
        .reason = hox__column_text(row, 6),
        .detail = hox__column_text(row, 7),
        .walk = hox__column_text(row, 8),
        .key = hox__column_text(row, 9),
        .seed = (uint64_t)sqlite3_column_int64(row, 10),
        .value = hox__column_real(row, 11),
        .budget = sqlite3_column_double(row, 12),
        .step = sqlite3_column_int64(row, 13),
        .accuracy = hox__column_real(row, 14),
        .loss = hox__column_real(row, 15),
        .train_loss = hox__column_real(row, 16),
        .epochs = sqlite3_column_int64(row, 17),
        .cpu_s = sqlite3_column_double(row, 18),
        .memory_bytes = sqlite3_column_int64(row, 19),
        .repeat_of = sqlite3_column_int64(row, 20),
        .params = sqlite3_column_int64(row, 21),
        .flops = sqlite3_column_double(row, 22),
        .scores = hox__column_text(row, 23),
        .violation = hox__column_real(row, 24),
        .metrics = hox__column_text(row, 25),
        .lease_ms = sqlite3_column_int64(row, 26),
    };
}
