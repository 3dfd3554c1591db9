/* room: study */
/* The blob of an event, after a byte for its type: none, or an event that is packed and read again
 * without a change. */
#include "study/store_event.h"
#include <assert.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ARENA_BYTES = 1 << 24 };

static void expect_texts(const hox__event *e)
{
    const char *const text[] = {e->state, e->reason, e->detail, e->walk,
                                e->key,   e->scores, e->metrics};
    size_t n = 0;
    for (size_t i = 0; i < sizeof text / sizeof *text; i++) {
        assert(text[i]);
        n += strlen(text[i]); /* they end inside of the arena */
    }
    assert(n < ARENA_BYTES);
}

/* What packing leaves out (zeros behind a text's NUL, other ways to write a number) is gone after
 * the first time; from then on nothing changes. */
static void pack_again(const hox__event *e, hox__arena *arena)
{
    const hox__event_code code = hox__event_code_of(e->type);
    hox__event again;
    hox__text first = {0}, second = {0};
    hox__event_pack(e, &first);
    assert(!first.failed);
    assert(hox__event_unpack(code, first.data, first.len, arena, &again) == HOX_OK);
    assert(strcmp(again.walk, e->walk) == 0 && strcmp(again.key, e->key) == 0);
    assert(strcmp(again.detail, e->detail) == 0 && strcmp(again.metrics, e->metrics) == 0);
    assert(again.seed == e->seed && again.step == e->step && again.lease_ms == e->lease_ms);
    hox__event_pack(&again, &second);
    assert(!second.failed && first.len == second.len);
    assert(first.len == 0 || memcmp(first.data, second.data, first.len) == 0);
    hox__text_deinit(&first);
    hox__text_deinit(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    hox__event event;
    hox__arena *arena = size > 0 ? hox__arena_new(ARENA_BYTES) : NULL;
    if (!arena)
        return 0;
    const hox_status status = hox__event_unpack(data[0], data + 1, size - 1, arena, &event);
    assert(status == HOX_OK || status == HOX_ERR_DATA || status == HOX_ERR_MEMORY);
    if (status == HOX_OK) {
        expect_texts(&event);
        pack_again(&event, arena);
    }
    hox__arena_free(arena);
    return 0;
}
