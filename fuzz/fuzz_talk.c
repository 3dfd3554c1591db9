/* room: study */
/* A line of the socket beside a store, from bytes: it is read or not understood, and what was read
 * and is printed again reads as the same. */
#include "study/talk.h"
#include <assert.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool same(const char *a, const char *b)
{
    return strcmp(a ? a : "", b ? b : "") == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    hox__talk talk, again;
    hox__text text = {0};
    hox__talk_read((const char *)data, size, &talk);
    hox__talk_print(&text, &talk);
    assert(!text.failed && text.data[text.len - 1] == '\n' && strlen(text.data) == text.len);
    assert(memchr(text.data, '\n', text.len) == text.data + text.len - 1);
    hox__talk_read(text.data, text.len, &again);
    assert(again.root && again.kind == talk.kind);
    if (talk.kind == HOX__TALK_TELL || talk.kind == HOX__TALK_REPORT) {
        assert(again.event.trial == talk.event.trial && again.event.step == talk.event.step);
        assert(same(again.event.state, talk.event.state) && same(again.lease, talk.lease));
        assert(same(again.event.metrics, talk.event.metrics));
        assert(again.event.value == talk.event.value ||
               (isnan(again.event.value) && isnan(talk.event.value)));
    }
    hox__text_deinit(&text);
    hox__talk_free(&again);
    hox__talk_free(&talk);
    return 0;
}
