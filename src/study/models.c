/* Models of trials: files beside the store, STORE.d/STUDY/TRIAL/model.hoxm. */
#include "base/io.h"
#include "study/study.h"
#include <inttypes.h>
#include <stdio.h>

enum { PATH_BYTES = 4096 };

static bool folder_of(const hox_study *study, uint64_t trial, char out[PATH_BYTES])
{
    const int n = snprintf(out, PATH_BYTES, "%s.d/%s/%" PRIu64, study->path, study->name, trial);
    return n > 0 && n < PATH_BYTES;
}

const char *hox__trial_folder(const hox_study *study, uint64_t trial, hox__arena *arena)
{
    return hox__arena_printf(arena, "%s.d/%s/%" PRIu64, study->path, study->name, trial);
}

const char *hox__model_path(const hox_study *study, uint64_t trial, hox__arena *arena)
{
    return hox__arena_printf(arena, "%s.d/%s/%" PRIu64 "/model.hoxm", study->path, study->name,
                             trial);
}

/* Failing to remove a file leaves a file too many, no more. */
void hox__model_drop(const hox_study *study, uint64_t trial)
{
    char folder[PATH_BYTES];
    if (folder_of(study, trial, folder) && hox__file_exists(folder))
        hox__remove_tree(folder, NULL);
}

bool hox__model_kept(const hox_study *study, uint64_t trial)
{
    char file[PATH_BYTES + 16], folder[PATH_BYTES];
    if (!folder_of(study, trial, folder))
        return false;
    snprintf(file, sizeof file, "%s/model.hoxm", folder);
    return hox__file_exists(file);
}
