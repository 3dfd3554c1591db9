/* hox sample FILE.hox: sentences of a language, each a legal .hox file. */
#include "base/alloc.h"
#include "base/entropy.h"
#include "base/io.h"
#include "base/table.h"
#include "cli/cli.h"
#include "cli/quantity.h"
#include "cli/spec.h"
#include "space/count.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const hox__option options[] = {
    {"count", 'n', HOX__OPTION_INT, HOX__OPTION_COMMON, "N", "how many sentences", "1", NULL},
    {"seed", 0, HOX__OPTION_SEED, HOX__OPTION_COMMON, "N", "of the random numbers",
     "drawn and printed", NULL},
    {"output", 'o', HOX__OPTION_TEXT, HOX__OPTION_COMMON | HOX__OPTION_NO_ENV, "DIR",
     "write DIR/1.hox, DIR/2.hox, … instead", NULL, "folder"},
    {"walk", 0, HOX__OPTION_FLAG, HOX__OPTION_COMMON, NULL,
     "add the answers that derive it: walk = \"…\"", NULL, NULL},
    {"dedup", 0, HOX__OPTION_FLAG, HOX__OPTION_COMMON, NULL, "leave out networks seen before", NULL,
     NULL},
    {"prior", 0, HOX__OPTION_WORD, 0, "branches|sentences",
     "equally likely: the branches of each choice, or all sentences", "branches", NULL},
    {"stats", 0, HOX__OPTION_FLAG, HOX__OPTION_COMMON, NULL,
     "sizes and costs at the end, on stderr", NULL, NULL},
    {0},
};

typedef struct {
    hox__cli *cli;
    const char *folder;
    hox__table *seen;
    hox__counter *counter; /* of --prior sentences, or NULL */
    int64_t printed, repeats, attempts;
    hox_cost low, high, sum;
} sampler;

static void add_cost(sampler *s, hox_cost c)
{
    const bool first = s->sum.params == 0 && s->sum.depth == 0;
    if (first || c.params < s->low.params)
        s->low.params = c.params;
    if (first || c.flops < s->low.flops)
        s->low.flops = c.flops;
    if (c.params > s->high.params)
        s->high.params = c.params;
    if (c.flops > s->high.flops)
        s->high.flops = c.flops;
    s->sum.params += c.params;
    s->sum.flops += c.flops;
    s->sum.depth += c.depth;
}

static hox_status write_file(sampler *s, int64_t k, const char *text)
{
    char path[4096];
    const int n = snprintf(path, sizeof path, "%s/%" PRId64 ".hox", s->folder, k);
    if (n < 0 || (size_t)n >= sizeof path)
        return hox_fail(&s->cli->error, HOX_ERR_IO, "%s: path too long", s->folder);
    return hox__file_write(path, text, strlen(text), &s->cli->error);
}

static void put_json(sampler *s, int64_t k, const hox_sentence *sentence, const char *text)
{
    const hox_cost cost = hox_sentence_cost(sentence);
    hox__json json = {.out = &s->cli->out.text};
    hox__json_begin_object(&json, NULL);
    hox__json_int(&json, "v", 1);
    hox__json_text(&json, "type", "sentence");
    hox__json_int(&json, "sentence_number", k);
    hox__json_text(&json, "sentence", text);
    hox__json_text(&json, "key", hox_sentence_key(sentence));
    hox__json_number(&json, "params", cost.params);
    hox__json_number(&json, "flops", cost.flops);
    hox__json_end_object(&json);
    hox__text_putc(&s->cli->out.text, '\n');
}

static hox_status emit(sampler *s, const hox_sentence *sentence)
{
    const int64_t k = s->printed + 1;
    char *text = hox_sentence_text(sentence, hox__args_flag(&s->cli->args, "walk"));
    if (!text)
        return hox_fail(&s->cli->error, HOX_ERR_MEMORY, "no memory for sentence %" PRId64, k);
    hox_status status = HOX_OK;
    if (s->folder)
        status = write_file(s, k, text);
    else if (hox__wants_json(s->cli))
        put_json(s, k, sentence, text);
    else
        hox__put(&s->cli->out, "# sentence %" PRId64 "\n%s", k, text);
    if (!s->folder && !hox__wants_json(s->cli) && text[0] && text[strlen(text) - 1] != '\n')
        hox__text_putc(&s->cli->out.text, '\n');
    hox__stream_flush_large(&s->cli->out);
    hox_text_free(text);
    s->printed = k;
    add_cost(s, hox_sentence_cost(sentence));
    return status;
}

typedef struct {
    const sampler *sampler;
    const hox_walk *walk;
    hox_rng *rng;
} drawing;

static hox_answer draw(void *ctx, const hox_choice *choice, int attempt)
{
    drawing *d = ctx;
    return d->sampler->counter ? hox__counter_draw(d->sampler->counter, d->walk, choice, d->rng)
                               : hox_answer_prior(d->rng, choice, attempt);
}

static hox_status draw_one(sampler *s, hox_walk *walk, hox_rng rng)
{
    int attempts = 0;
    hox_sentence *sentence = NULL;
    hox_walk_restart(walk);
    drawing d = {s, walk, &rng};
    hox_status status = hox_walk_derive(walk, draw, &d, &attempts, &s->cli->error);
    s->attempts += attempts;
    if (status == HOX_OK)
        status = hox_walk_finish(walk, &sentence, &s->cli->error);
    if (status != HOX_OK)
        return status;
    const char *key = hox_sentence_key(sentence);
    if (s->seen && hox__table_gets(s->seen, key))
        s->repeats++;
    else if (s->seen && !hox__table_puts(s->seen, key, s))
        status = hox_fail(&s->cli->error, HOX_ERR_MEMORY, "no memory to remember sentences");
    else
        status = emit(s, sentence);
    hox_sentence_free(sentence);
    return status;
}

static void put_stats(const sampler *s)
{
    hox__stream *err = &s->cli->err;
    const double n = (double)s->printed;
    hox__put(err, "%" PRId64 " sentences, %" PRId64 " repeats left out\n", s->printed, s->repeats);
    hox__put(err, "walks   %" PRId64 ", of which %.3g %% were legal\n", s->attempts,
             100 * (double)(s->printed + s->repeats) / (double)s->attempts);
    hox__put(err, "params  %.4g .. %.4g, mean %.4g\n", s->low.params, s->high.params,
             s->sum.params / n);
    hox__put(err, "flops   %.4g .. %.4g, mean %.4g\n", s->low.flops, s->high.flops,
             s->sum.flops / n);
    hox__put(err, "depth   mean %.3g\n", s->sum.depth / n);
}

/* With --dedup a small space runs dry: it ends after as many repeats in a row as make it likely. */
static hox_status draw_all(sampler *s, const hox_space *space, int64_t n, uint64_t seed)
{
    enum { DRY = 1000 };
    const hox_rng root = hox_rng_seed(seed);
    hox_walk *walk = hox_walk_new(space, &s->cli->error);
    if (!walk)
        return HOX_ERR_MEMORY;
    hox_status status = HOX_OK;
    int64_t last = 0;
    for (uint64_t k = 0; status == HOX_OK && s->printed < n && s->repeats - last < DRY; k++) {
        const int64_t before = s->printed;
        status = draw_one(s, walk, hox_rng_child(&root, "sample", k));
        if (s->printed > before)
            last = s->repeats;
    }
    if (status == HOX_OK && s->printed < n && !s->cli->quiet)
        hox__put(&s->cli->err, "only %" PRId64 " different networks were found\n", s->printed);
    hox_walk_free(walk);
    return status;
}

static int run(hox__cli *cli)
{
    hox__spec spec;
    if (hox__spec_open(cli, cli->args.positional[0], &spec) != HOX_OK)
        return HOX__FAILED;
    sampler s = {.cli = cli, .folder = hox__args_text(&cli->args, "output", NULL)};
    const hox__option_value *given = hox__args_get(&cli->args, "seed");
    const uint64_t seed = given->given ? given->seed : hox__entropy_u64();
    if (!given->given && !cli->quiet)
        hox__put(&cli->err, "seed %" PRIu64 "\n", seed);
    hox_status status = s.folder ? hox__make_directories(s.folder, &cli->error) : HOX_OK;
    if (hox__args_flag(&cli->args, "dedup") && !(s.seen = hox__table_new()))
        status = hox_fail(&cli->error, HOX_ERR_MEMORY, "no memory to remember sentences");
    enum { WORK_MAX = 2000000 };
    if (status == HOX_OK &&
        strcmp(hox__args_text(&cli->args, "prior", "branches"), "sentences") == 0)
        status = hox__counter_new(spec.space, WORK_MAX, &s.counter, &cli->error);
    if (status == HOX_OK)
        status = draw_all(&s, spec.space, hox__args_int(&cli->args, "count", 1), seed);
    if (status == HOX_OK && hox__args_flag(&cli->args, "stats") && s.printed)
        put_stats(&s);
    if (status == HOX_OK && s.folder && !cli->quiet)
        hox__put(&cli->err, "%" PRId64 " files in %s\n", s.printed, s.folder);
    hox__table_free(s.seen);
    hox__counter_free(s.counter);
    hox__spec_close(&spec);
    return status == HOX_OK ? HOX__EXIT_DONE : HOX__FAILED;
}

const hox__command hox__command_sample = {
    .name = "sample",
    .synopsis = "FILE.hox [FLAGS]",
    .summary = "sentences of the language, drawn as random search would draw them",
    .example = {{"hox sample fashion.hox", "one network and its recipe"},
                {"hox sample fashion.hox -n 1000 --stats", "how large they are"},
                {"hox sample fashion.hox -n 10 -o some", "as files some/1.hox … some/10.hox"}},
    .option = options,
    .positional_min = 1,
    .positional_max = 1,
    .complete = "file",
    .run = run,
};
