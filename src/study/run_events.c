/* Telling the observer. */
#include "study/running.h"
#include <math.h>

void hox__run_event(hox__run *run, hox_event event)
{
    const hox_study *study = run->study;
    if (!run->observer || !run->observer->event)
        return;
    event.best = study->has_best ? study->best_value : (double)NAN;
    event.best_trial = study->best_trial;
    event.done = study->done;
    event.pruned = study->pruned;
    event.failed = study->failed;
    event.paused = study->paused;
    event.running = run->n_running;
    event.trials = study->trials;
    run->observer->event(run->observer->ctx, &event);
}

void hox__run_tick(hox__run *run)
{
    if (run->observer && run->observer->tick)
        run->observer->tick(run->observer->ctx);
}
