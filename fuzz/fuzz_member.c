/* room: space */
/* A byte chooses a space, the rest is a sentence or not: membership answers, and a member's walk
 * says the same sentence. */
#include <hox/space.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

#define DATA "use nn\ndata = idx(\"x\", shape: [8, 8, 3], classes: 10)\n"

static const char *const spaces[] = {
    DATA "net = a{1..3} (relu | tanh)? b(4 | 8)\na = conv(3 | 5) | id\nb(f) = conv(f) norm? "
         "conv(f, 1 | 3)\n",
    DATA "net = a b a\nonce a = relu | tanh\nb = a? a{2}\nbatch = 16 | 32\n",
    DATA "net = dag(nodes: 1..4, edge: none | op, node: op, ends: free | open, first: op) op\nop = "
         "id | conv(same, 1 | 3)\n",
    DATA "net = chain(layers: 0..3, layer: relu | conv(3, 1..5 step 2), skip: none | id, fit: "
         "nearest)\n",
    DATA "net = flatten tree(leaves: 1..3, leaf: dense(3), join: (add | mul) act)\nonce act = relu "
         "| id\n",
    "lr = 0.0 .. 1.0 step 0.1\nopt = sgd(beta: 0.5 | 0.9) | adam\nflags = \"-x\"? (\"-y\" (\"a\" | "
    "\"b\"))?\n"
    "command = \"x {lr} {opt} {flags...}\"\n",
};

/* Loaded once: reading the vocabulary takes longer than most of what is tried. */
static const hox_space *space_of(size_t i)
{
    static hox_space *kept[sizeof spaces / sizeof *spaces];
    if (!kept[i] &&
        hox_space_load("space", spaces[i], strlen(spaces[i]), NULL, NULL, &kept[i]) != HOX_OK)
        abort();
    return kept[i];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    if (n < 1 || n > 20000)
        return 0;
    const hox_space *space = space_of(data[0] % (sizeof spaces / sizeof *spaces));
    hox_diagnostics *list = hox_diagnostics_new();
    hox_walk *walk = NULL;
    hox_error err = {0};
    if (hox_space_member(space, "fuzz", (const char *)data + 1, n - 1, NULL, list, &walk, &err) ==
        HOX_OK) {
        hox_sentence *sentence = NULL;
        if (hox_walk_next(walk) || hox_walk_finish(walk, &sentence, NULL) != HOX_OK)
            abort();
        hox_sentence_free(sentence);
    } else if (!err.message[0]) {
        abort();
    }
    hox_walk_free(walk);
    hox_diagnostics_free(list);
    return 0;
}
