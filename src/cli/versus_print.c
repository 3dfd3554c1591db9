/* What the statistics of a contest say, for people, as a table, as JSON. */
#include "base/alloc.h"
#include "cli/quantity.h"
#include "cli/sheet.h"
#include "cli/versus.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { PAIRS_MAX = HOX__CONTEST_GROUPS * (HOX__CONTEST_GROUPS - 1) / 2 };

typedef struct {
    hox__cli *cli;
    const hox__contest *c;
    double target;
    hox__group_result group[HOX__CONTEST_GROUPS];
    hox__pair_result pair[PAIRS_MAX];
    int pairs;
    double rank[HOX__CONTEST_GROUPS];
    hox__friedman_result friedman;
    bool ranked;
} report;

static const char *const verdicts[] = {"no difference shown", "better", "worse",
                                       "too few pairs to say"};

/* ---- numbers ---- */

static const char *shown(double x, char out[32])
{
    hox__text text = {0};
    if (isfinite(x))
        hox__print_score(&text, x);
    snprintf(out, 32, "%s", isfinite(x) ? hox__text_get(&text) : "-");
    hox__text_deinit(&text);
    return out;
}

/* 0.9042 [0.9021, 0.9060] */
static void put_three(char out[112], double middle, double low, double high)
{
    char a[32], b[32], c[32];
    snprintf(out, 112, "%s [%s, %s]", shown(middle, a), shown(low, b), shown(high, c));
}

static void put_hits(const report *r, const double hit[3], char out[96])
{
    char text[3][16];
    for (int i = 0; i < 3; i++)
        if (isfinite(hit[i]))
            snprintf(text[i], sizeof text[i], "%.0f", hit[i]);
        else
            snprintf(text[i], sizeof text[i], ">%d", r->c->budget);
    snprintf(out, 96, "%s [%s, %s]", text[0], text[1], text[2]);
}

/* ---- for people ---- */

static int most_pairs(const report *r)
{
    int n = 0;
    for (int i = 0; i < r->pairs; i++)
        n = r->pair[i].pairs > n ? r->pair[i].pairs : n;
    return n;
}

static void put_head(const report *r)
{
    hox__stream *out = &r->cli->out;
    const hox__contest *c = r->c;
    const int n = most_pairs(r);
    hox__put(out, "%d%s pair%s, %d trials each%s, ", n, c->same_seeds ? " seed" : "",
             hox__plural(n), c->budget, c->uneven ? " (some have more)" : "");
    if (c->problems == 1) {
        hox__put_escaped(out, c->problem[0].metric);
        hox__put(out, " (%simize)\n", c->problem[0].maximize ? "max" : "min");
        if (!c->same_seeds && n)
            hox__put(out, "no two studies share a seed: they are paired in order, by chance\n");
        hox__text_putc(&out->text, '\n');
        return;
    }
    int known = 0;
    for (int i = 0; i < c->problems; i++)
        known += c->problem[i].known;
    hox__put(out, "regret over %d problems\n", c->problems);
    hox__put(out, "regret: distance from the optimum (%s), 1 is the median of %s\n\n",
             known == c->problems ? "known"
             : known              ? "known, else the best seen here"
                                  : "the best seen here",
             c->scaled_by >= 0 ? "random" : "all");
}

static void put_groups(const report *r)
{
    const hox__contest *c = r->c;
    char target[48], number[32];
    const bool one = c->problems == 1;
    snprintf(target, sizeof target, "trials to %s", shown(r->target, number));
    const hox__column column[] = {
        {"", HOX__CELL_TEXT, 9},
        {"mean [95 %]", HOX__CELL_TEXT, 8},
        {"median [quartiles]", HOX__CELL_TEXT, 7},
        {"worst tenth", HOX__CELL_TEXT, 4},
        {"rank", HOX__CELL_TEXT, 6},
        {"mean over trials", HOX__CELL_TEXT, 3},
        {target, HOX__CELL_TEXT, 5},
    };
    hox__sheet *sheet =
        hox__sheet_begin(&r->cli->out, r->cli->format, "group", column, one ? 7 : 6);
    for (int i = 0; sheet && i < c->groups; i++) {
        const hox__group_result *g = &r->group[i];
        char mean[112], median[112], hits[96], tail[32], rank[16], area[32];
        put_three(mean, g->mean, g->interval.low, g->interval.high);
        put_three(median, g->median, g->low, g->high);
        put_hits(r, g->hit, hits);
        snprintf(rank, sizeof rank, "%.2f", g->rank);
        hox__sheet_row(sheet, (hox__cell[]){{.text = c->group[i]},
                                            {.text = mean},
                                            {.text = median},
                                            {.text = shown(g->tail, tail)},
                                            {.text = rank},
                                            {.text = shown(g->area, area)},
                                            {.text = hits}});
    }
    if (sheet)
        hox__sheet_end(sheet, NULL, NULL);
}

static void put_anytime(const report *r)
{
    int reading[HOX__READINGS_MAX];
    const int n = hox__contest_readings(r->c, reading);
    if (n < 2 || r->c->groups < 2)
        return;
    hox__put(&r->cli->out, "\nmean rank after%s", "");
    for (int i = 0; i < n; i++)
        hox__put(&r->cli->out, "%8d", reading[i]);
    hox__put(&r->cli->out, " trials\n");
    for (int g = 0; g < r->c->groups; g++) {
        hox__put(&r->cli->out, "%-15.15s", r->c->group[g]);
        for (int i = 0; i < n; i++)
            hox__put(&r->cli->out, "%8.2f", r->group[g].rank_at[i]);
        hox__text_putc(&r->cli->out.text, '\n');
    }
}

/* In the metric's own direction on one problem; less regret is better on several. */
static double difference(const report *r, double gain)
{
    return r->c->problems == 1 && r->c->problem[0].maximize ? gain : 0 - gain; /* not -0 */
}

static void put_signed(hox__text *out, double x)
{
    char number[32];
    if (x >= 0)
        hox__text_putc(out, '+');
    hox__text_puts(out, shown(x, number));
}

static void put_verdict(const report *r, const hox__pair_result *p)
{
    hox__stream *out = &r->cli->out;
    const char *a = r->c->group[p->a], *b = r->c->group[p->b];
    hox__put(out, "verdict  ");
    if (p->verdict == HOX__VERDICT_FEW)
        hox__put(out,
                 "too few pairs to say: %d cannot show anything, 6 are the least, 30 are usual\n",
                 p->pairs);
    else if (p->verdict != HOX__VERDICT_NONE)
        hox__put(out, "%s is %s than %s on %s at %d trials\n", b, verdicts[p->verdict], a,
                 r->c->problems == 1 ? "this space" : "these problems", r->c->budget);
    else
        hox__put(out, "no difference shown");
    if (p->verdict == HOX__VERDICT_NONE && p->gain != 0) {
        char number[32];
        const double n = hox__pairs_needed(p->deviation, p->gain, 0.05, 0.8);
        hox__put(out, "; about %.0f pairs would be needed to show %s", fmax(n, 6),
                 shown(fabs(p->gain), number));
    }
    if (p->verdict == HOX__VERDICT_NONE)
        hox__text_putc(&out->text, '\n');
    if (p->apart_from > 1 &&
        (p->verdict == HOX__VERDICT_BETTER || p->verdict == HOX__VERDICT_WORSE))
        hox__put(out, "         before trial %d the two cannot be told apart\n", p->apart_from);
}

static void put_pair(const report *r, const hox__pair_result *p)
{
    hox__stream *out = &r->cli->out;
    const double one = difference(r, p->interval.low), other = difference(r, p->interval.high);
    hox__put(out, "\n%s - %s   ", r->c->group[p->b], r->c->group[p->a]);
    if (p->pairs == 0) {
        hox__put(out, "never on the same problem\n");
        return;
    }
    put_signed(&out->text, difference(r, p->gain));
    hox__put(out, "   95 %% interval [");
    put_signed(&out->text, fmin(one, other));
    hox__put(out, ", ");
    put_signed(&out->text, fmax(one, other));
    hox__put(out, "] (bootstrap, 10 000)\n");
    hox__put(out, "wins %d of %d", p->wins, p->pairs);
    if (r->c->problems == 1)
        hox__put(out, "   Wilcoxon signed rank p = %.2g, sign flips p = %.2g", p->p, p->flips);
    else
        hox__put(out, "   significant gains %d, losses %d of %d problems", p->helped, p->hurt,
                 r->c->problems);
    if (r->pairs > 1)
        hox__put(out, " (Holm %.2g)", p->p_holm);
    hox__put(out, "   A12 = %.2f\n", p->a12);
    if (r->c->problems > 1)
        hox__put(out, "posterior of worse, within 1 %%, better: %.2f %.2f %.2f\n", p->rope.below,
                 p->rope.within, p->rope.above);
    put_verdict(r, p);
}

static void put_friedman(const report *r)
{
    hox__stream *out = &r->cli->out;
    if (!r->ranked)
        return;
    hox__put(out, "\nranks over problems");
    for (int i = 0; i < r->c->groups; i++)
        hox__put(out, "   %s %.2f", r->c->group[i], r->rank[i]);
    hox__put(out, "\nFriedman chi2 = %.2f, p = %.2g; ranks %.2f apart differ (Nemenyi, 0.05)\n",
             r->friedman.chi2, r->friedman.p, hox__nemenyi(r->c->groups, r->c->problems, 0.05));
}

static void put_for_people(const report *r)
{
    put_head(r);
    put_groups(r);
    put_anytime(r);
    put_friedman(r);
    for (int i = 0; i < r->pairs; i++)
        put_pair(r, &r->pair[i]);
    if (r->c->groups == 1)
        hox__put(&r->cli->out, "\nnothing to compare it with: name another study or strategy\n");
}

/* ---- tables ---- */

static void table_of_groups(const report *r)
{
    static const hox__column column[] = {
        {"group", HOX__CELL_TEXT, 9},
        {"runs", HOX__CELL_INT, 3},
        {"trials", HOX__CELL_INT, 3},
        {"mean", HOX__CELL_NUMBER, 8},
        {"mean_low", HOX__CELL_NUMBER, 7},
        {"mean_high", HOX__CELL_NUMBER, 7},
        {"median", HOX__CELL_NUMBER, 6},
        {"quartile_low", HOX__CELL_NUMBER, 5},
        {"quartile_high", HOX__CELL_NUMBER, 5},
        {"worst_tenth", HOX__CELL_NUMBER, 4},
        {"rank", HOX__CELL_NUMBER, 6},
        {"mean_over_trials", HOX__CELL_NUMBER, 3},
        {"trials_to_target", HOX__CELL_NUMBER, 3},
    };
    hox__sheet *sheet = hox__sheet_begin(&r->cli->out, r->cli->format, "group", column, 13);
    for (int i = 0; sheet && i < r->c->groups; i++) {
        const hox__group_result *g = &r->group[i];
        hox__sheet_row(sheet, (hox__cell[]){{.text = r->c->group[i]},
                                            {.integer = g->runs},
                                            {.integer = r->c->budget},
                                            {.number = g->mean},
                                            {.number = g->interval.low},
                                            {.number = g->interval.high},
                                            {.number = g->median},
                                            {.number = g->low},
                                            {.number = g->high},
                                            {.number = g->tail},
                                            {.number = g->rank},
                                            {.number = g->area},
                                            {.number = g->hit[0], .empty = !isfinite(g->hit[0])}});
    }
    if (sheet)
        hox__sheet_end(sheet, NULL, NULL);
}

static void table_of_pairs(const report *r)
{
    static const hox__column column[] = {
        {"a", HOX__CELL_TEXT, 9},
        {"b", HOX__CELL_TEXT, 9},
        {"pairs", HOX__CELL_INT, 3},
        {"wins", HOX__CELL_INT, 5},
        {"losses", HOX__CELL_INT, 5},
        {"difference", HOX__CELL_NUMBER, 8},
        {"low", HOX__CELL_NUMBER, 7},
        {"high", HOX__CELL_NUMBER, 7},
        {"p", HOX__CELL_NUMBER, 6},
        {"p_holm", HOX__CELL_NUMBER, 6},
        {"sign_flips", HOX__CELL_NUMBER, 4},
        {"a12", HOX__CELL_NUMBER, 4},
        {"verdict", HOX__CELL_TEXT, 8},
    };
    hox__sheet *sheet = hox__sheet_begin(&r->cli->out, r->cli->format, "pair", column, 13);
    for (int i = 0; sheet && i < r->pairs; i++) {
        const hox__pair_result *p = &r->pair[i];
        const double one = difference(r, p->interval.low), other = difference(r, p->interval.high);
        hox__sheet_row(sheet, (hox__cell[]){{.text = r->c->group[p->a]},
                                            {.text = r->c->group[p->b]},
                                            {.integer = p->pairs},
                                            {.integer = p->wins},
                                            {.integer = p->losses},
                                            {.number = difference(r, p->gain)},
                                            {.number = fmin(one, other)},
                                            {.number = fmax(one, other)},
                                            {.number = p->p},
                                            {.number = p->p_holm},
                                            {.number = p->flips},
                                            {.number = p->a12},
                                            {.text = verdicts[p->verdict]}});
    }
    if (sheet)
        hox__sheet_end(sheet, NULL, NULL);
}

/* Mean ranks and mean regrets after so many trials. */
static void table_of_readings(const report *r)
{
    static const hox__column column[] = {
        {"group", HOX__CELL_TEXT, 9}, {"trials", HOX__CELL_INT, 9}, {"rank", HOX__CELL_NUMBER, 8}};
    int reading[HOX__READINGS_MAX];
    const int n = hox__contest_readings(r->c, reading);
    hox__sheet *sheet = hox__sheet_begin(&r->cli->out, r->cli->format, "reading", column, 3);
    for (int g = 0; sheet && g < r->c->groups; g++)
        for (int i = 0; i < n; i++)
            hox__sheet_row(sheet, (hox__cell[]){{.text = r->c->group[g]},
                                                {.integer = reading[i]},
                                                {.number = r->group[g].rank_at[i]}});
    if (sheet)
        hox__sheet_end(sheet, NULL, NULL);
}

static void table_of_problems(const report *r)
{
    static const hox__column column[] = {{"problem", HOX__CELL_TEXT, 9},
                                         {"group", HOX__CELL_TEXT, 9},
                                         {"trials", HOX__CELL_INT, 4},
                                         {"regret", HOX__CELL_NUMBER, 8}};
    int reading[HOX__READINGS_MAX];
    const int n = hox__contest_readings(r->c, reading);
    hox__sheet *sheet = hox__sheet_begin(&r->cli->out, r->cli->format, "problem", column, 4);
    for (int p = 0; sheet && p < r->c->problems; p++)
        for (int g = 0; g < r->c->groups; g++)
            for (int i = 0; i < n; i++) {
                const double regret = hox__contest_regret(r->c, g, p, reading[i]);
                hox__sheet_row(sheet, (hox__cell[]){{.text = r->c->problem[p].name},
                                                    {.text = r->c->group[g]},
                                                    {.integer = reading[i]},
                                                    {.number = regret, .empty = isnan(regret)}});
            }
    if (sheet)
        hox__sheet_end(sheet, NULL, NULL);
}

static void put_table(const report *r)
{
    const char *show = hox__args_text(&r->cli->args, "show", "groups");
    if (strcmp(show, "pairs") == 0)
        table_of_pairs(r);
    else if (strcmp(show, "anytime") == 0)
        table_of_readings(r);
    else if (strcmp(show, "problems") == 0)
        table_of_problems(r);
    else
        table_of_groups(r);
}

/* ---- JSON ---- */

static void json_group(const report *r, hox__json *json, int i)
{
    const hox__group_result *g = &r->group[i];
    int reading[HOX__READINGS_MAX];
    const int n = hox__contest_readings(r->c, reading);
    hox__json_begin_object(json, NULL);
    hox__json_text(json, "group", r->c->group[i]);
    hox__json_int(json, "runs", g->runs);
    hox__json_number(json, "mean", g->mean);
    hox__json_number(json, "mean_low", g->interval.low);
    hox__json_number(json, "mean_high", g->interval.high);
    hox__json_number(json, "median", g->median);
    hox__json_number(json, "quartile_low", g->low);
    hox__json_number(json, "quartile_high", g->high);
    hox__json_number(json, "worst_tenth", g->tail);
    hox__json_number(json, "rank", g->rank);
    hox__json_number(json, "mean_over_trials", g->area);
    hox__json_number(json, "trials_to_target", isfinite(g->hit[0]) ? g->hit[0] : (double)NAN);
    hox__json_begin_object(json, "rank_at");
    for (int k = 0; k < n; k++) {
        char name[16];
        snprintf(name, sizeof name, "%d", reading[k]);
        hox__json_number(json, name, g->rank_at[k]);
    }
    hox__json_end_object(json);
    hox__json_end_object(json);
}

static void json_pair(const report *r, hox__json *json, const hox__pair_result *p)
{
    const double one = difference(r, p->interval.low), other = difference(r, p->interval.high);
    hox__json_begin_object(json, NULL);
    hox__json_text(json, "a", r->c->group[p->a]);
    hox__json_text(json, "b", r->c->group[p->b]);
    hox__json_int(json, "pairs", p->pairs);
    hox__json_int(json, "wins", p->wins);
    hox__json_int(json, "losses", p->losses);
    hox__json_number(json, "difference", difference(r, p->gain));
    hox__json_number(json, "low", fmin(one, other));
    hox__json_number(json, "high", fmax(one, other));
    hox__json_number(json, "p", p->p);
    hox__json_number(json, "p_holm", p->p_holm);
    hox__json_number(json, "sign_flips", p->flips);
    hox__json_number(json, "a12", p->a12);
    if (r->c->problems > 1) {
        hox__json_int(json, "helped", p->helped);
        hox__json_int(json, "hurt", p->hurt);
        hox__json_number(json, "most_hurt", p->most_hurt);
    }
    hox__json_text(json, "verdict", verdicts[p->verdict]);
    hox__json_end_object(json);
}

static void put_json(const report *r)
{
    hox__json json = {.out = &r->cli->out.text};
    hox__json_begin_object(&json, NULL);
    hox__json_int(&json, "v", 1);
    hox__json_text(&json, "type", "comparison");
    hox__json_int(&json, "trials", r->c->budget);
    hox__json_int(&json, "problems", r->c->problems);
    hox__json_text(&json, "value", r->c->problems == 1 ? r->c->problem[0].metric : "regret");
    hox__json_bool(&json, "same_seeds", r->c->same_seeds);
    if (r->c->problems == 1)
        hox__json_number(&json, "target", r->target);
    if (r->ranked) {
        hox__json_number(&json, "friedman_chi2", r->friedman.chi2);
        hox__json_number(&json, "friedman_p", r->friedman.p);
        hox__json_number(&json, "critical_difference",
                         hox__nemenyi(r->c->groups, r->c->problems, 0.05));
    }
    hox__json_begin_array(&json, "groups");
    for (int i = 0; i < r->c->groups; i++)
        json_group(r, &json, i);
    hox__json_end_array(&json);
    hox__json_begin_array(&json, "pairs");
    for (int i = 0; i < r->pairs; i++)
        json_pair(r, &json, &r->pair[i]);
    hox__json_end_array(&json);
    hox__json_end_object(&json);
    hox__text_putc(&r->cli->out.text, '\n');
}

/* ---- all ---- */

static hox_status work_out(report *r)
{
    const hox__contest *c = r->c;
    hox_status status = hox__contest_pairs(c, r->pair, &r->pairs);
    for (int i = 0; i < c->groups && status == HOX_OK; i++)
        status = hox__contest_group(c, i, r->target, &r->group[i]);
    if (status == HOX_OK)
        r->ranked = hox__contest_friedman(c, r->rank, &r->friedman) == HOX_OK;
    return status;
}

/* Against the first group. */
static bool held(const report *r, const char *wanted)
{
    bool better = false, worse = false;
    for (int i = 0; i < r->pairs; i++)
        if (r->pair[i].a == 0) {
            better |= r->pair[i].verdict == HOX__VERDICT_BETTER;
            worse |= r->pair[i].verdict == HOX__VERDICT_WORSE;
        }
    if (strcmp(wanted, "worse") == 0)
        return worse;
    if (strcmp(wanted, "better") == 0)
        return better;
    return strcmp(wanted, "different") == 0 ? better || worse : !better;
}

int hox__versus_print(hox__cli *cli, hox__contest *contest, double target)
{
    const char *wanted = hox__args_text(&cli->args, "fail-if", NULL);
    report *r = hox__alloc(1, sizeof *r);
    int code = HOX__FAILED;
    hox_status status = r ? hox__contest_ready(contest, &cli->error) : HOX_ERR_MEMORY;
    if (status == HOX_OK) {
        r->cli = cli;
        r->c = contest;
        r->target = isnan(target) ? hox__contest_target(contest) : target;
        status = work_out(r);
    }
    if (status == HOX_ERR_MEMORY) {
        hox_fail_code(&cli->error, HOX_ERR_MEMORY, "E0901", "no memory to compare");
    } else if (status == HOX_OK) {
        if (cli->format == HOX__FORMAT_TABLE)
            put_for_people(r);
        else if (hox__wants_json(cli))
            put_json(r);
        else
            put_table(r);
        code = wanted && held(r, wanted) ? HOX__EXIT_NO : HOX__EXIT_DONE;
    }
    hox__free(r);
    return code;
}
