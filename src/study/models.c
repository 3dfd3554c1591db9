/* Files of trials beside the store: STORE.d/STUDY/TRIAL/model.hoxm and training.hoxc, the state of
 * a training that was put down. Programs have a folder of their own there, checkpoint/. */
#include "base/io.h"
#include "study/study.h"
#include <inttypes.h>
#include <stdio.h>

enum {
    PATH_BYTES = 4096,
    COUNT_EVERY = 16,           /* pauses between two looks at the files */
    CHECKPOINT_BYTES = 1 << 30, /* of all paused trials of a study */
};

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

/* ---- checkpoints ---- */

static bool checkpoint_of(const hox_study *study, uint64_t trial, char out[PATH_BYTES])
{
    const int n = snprintf(out, PATH_BYTES, "%s.d/%s/%" PRIu64 "/%s", study->path, study->name,
                           trial, study->objective->minds ? "checkpoint" : HOX__CHECKPOINT_NAME);
    return n > 0 && n < PATH_BYTES;
}

void hox__checkpoint_drop(const hox_study *study, uint64_t trial)
{
    char path[PATH_BYTES];
    if (checkpoint_of(study, trial, path) && hox__file_exists(path))
        hox__remove_tree(path, NULL);
}

static int64_t bytes_of(const hox_study *study, uint64_t trial)
{
    char path[PATH_BYTES];
    return checkpoint_of(study, trial, path) ? hox__file_bytes(path) : 0;
}

/* Does `a` give up what it has put down before `b`? */
static bool goes_first(const hox_study *study, uint64_t a, uint64_t b)
{
    const hox__trial_note *x = &study->trial[a], *y = &study->trial[b];
    if (x->from != y->from)
        return x->from < y->from;
    if (x->value != y->value)
        return hox__study_better(study, y->value, x->value);
    return a > b;
}

void hox__checkpoints_bound(hox_study *study)
{
    if (study->objective->minds || ++study->put_down < COUNT_EVERY)
        return;
    study->put_down = 0;
    for (;;) {
        int64_t total = 0, first = -1;
        for (int64_t i = study->first_paused; i < study->trials; i++) {
            const bool paused = study->trial[i].state == HOX_TRIAL_PAUSED;
            const int64_t bytes = paused ? bytes_of(study, (uint64_t)i) : 0;
            total += bytes;
            if (bytes > 0 && (first < 0 || goes_first(study, (uint64_t)i, (uint64_t)first)))
                first = i;
        }
        if (total <= CHECKPOINT_BYTES || first < 0)
            return;
        hox__checkpoint_drop(study, (uint64_t)first);
    }
}
