/* `hox show` of files: spaces, sentences, models, stores; and what every sentence has to show. */
#include "base/alloc.h"
#include "cli/draw.h"
#include "cli/quantity.h"
#include "cli/sheet.h"
#include "cli/show.h"
#include "cli/spec.h"
#include "nn/train.h"
#include "study/store.h"
#include <inttypes.h>
#include <math.h>
#include <string.h>

hox_status hox__show_network(hox__cli *cli, const hox_sentence *sentence, const hox_facts *facts)
{
    const hox_term *net = hox_sentence_root(sentence, "net");
    if (!net)
        return HOX_OK;
    hox__text_puts(&cli->out.text, "\n");
    return hox__draw_chain(&cli->out.text, net, facts, &cli->error);
}

bool hox__show_other_form(hox__cli *cli, const hox_sentence *sentence, const hox_facts *facts)
{
    const hox_term *net = hox_sentence_root(sentence, "net");
    if (hox__args_flag(&cli->args, "dot") && net) {
        hox__draw_dot(&cli->out.text, net, facts);
        return true;
    }
    if (hox__args_flag(&cli->args, "sentence")) {
        char *text = hox_sentence_text(sentence, false);
        hox__text_puts(&cli->out.text, text ? text : "");
        hox_text_free(text);
        return true;
    }
    return false;
}

void hox__show_parameters(hox__stream *out, const hox_sentence *sentence)
{
    int n = 0, width = 0;
    const hox_parameter *p = hox_sentence_parameters(sentence, &n);
    for (int i = 0; i < n; i++) {
        const int w = hox__width(p[i].path, strlen(p[i].path));
        width = w > width && w < 48 ? w : width;
    }
    for (int i = 0; i < n; i++) {
        const int pad = width - hox__width(p[i].path, strlen(p[i].path));
        hox__text_puts(&out->text, "  ");
        hox__put_escaped(out, p[i].path);
        hox__put(out, "%*s  ", pad > 0 ? pad : 0, "");
        hox__put_escaped(out, p[i].value);
        hox__text_putc(&out->text, '\n');
    }
}

static void put_sentence_json(hox__json *json, const hox_sentence *sentence)
{
    char *text = hox_sentence_text(sentence, false), *summary = hox_sentence_summary(sentence);
    const hox_cost cost = hox_sentence_cost(sentence);
    hox__json_number(json, "params", cost.params);
    hox__json_number(json, "flops", cost.flops);
    hox__json_text(json, "summary", summary);
    hox__json_text(json, "sentence", text);
    hox_text_free(text);
    hox_text_free(summary);
}

static void space_json(hox__cli *cli, const char *path, const hox_space *space,
                       const hox_sentence *sentence)
{
    int reals = 0;
    hox__json json = {.out = &cli->out.text};
    hox__json_begin_object(&json, NULL);
    hox__json_int(&json, "v", 1);
    hox__json_text(&json, "type", "space");
    hox__json_text(&json, "file", path);
    hox__json_text(&json, "hash", hox_space_hash(space));
    hox__json_bool(&json, "single", hox_space_is_sentence(space));
    hox__json_number(&json, "size_log10", hox_space_size_log10(space, &reals));
    put_sentence_json(&json, sentence);
    hox__json_end_object(&json);
    hox__text_putc(&cli->out.text, '\n');
}

static hox_status space_human(hox__cli *cli, const char *path, const hox_space *space,
                              const hox_sentence *sentence)
{
    hox__put_escaped(&cli->out, path);
    hox__text_puts(&cli->out.text, ": ");
    hox__put_size(&cli->out.text, space);
    hox__put(&cli->out, "\nhash    %s\n", hox_space_hash(space));
    if (!hox_space_is_sentence(space)) {
        hox__text_puts(&cli->out.text, "\nthe default sentence:\n");
        hox__show_parameters(&cli->out, sentence);
    }
    return hox__show_network(cli, sentence, hox_space_facts(space));
}

hox_status hox__show_hox(hox__cli *cli, const char *path)
{
    hox__spec spec;
    hox_sentence *sentence = NULL;
    hox_status status = hox__spec_open(cli, path, &spec);
    if (status != HOX_OK)
        return status;
    status = hox__spec_sentence(spec.space, &sentence, &cli->error);
    if (status == HOX_OK && !hox__show_other_form(cli, sentence, hox_space_facts(spec.space))) {
        if (hox__wants_json(cli))
            space_json(cli, path, spec.space, sentence);
        else
            status = space_human(cli, path, spec.space, sentence);
    }
    hox_sentence_free(sentence);
    hox__spec_close(&spec);
    return status;
}

/* "28x28x1 to 10 classes", "104 numbers and 2 codes to a number", "64 tokens to the next of 66". */
static void model_ends(hox__stream *out, const hox__encoded *data)
{
    if (data->kind == HOX__IMAGES)
        hox__put(out, "%" PRId64 "x%" PRId64 "x%" PRId64, data->height, data->width,
                 data->channels);
    else if (data->kind == HOX__TOKENS)
        hox__put(out, "%" PRId64 " tokens", data->length);
    else if (data->codes)
        hox__put(out, "%" PRId64 " numbers and %" PRId64 " codes", data->features, data->codes);
    else
        hox__put(out, "%" PRId64 " numbers", data->features);
    if (data->target == HOX__CLASS)
        hox__put(out, " to %d classes, ", data->classes);
    else if (data->target == HOX__NEXT)
        hox__put(out, " to the next of %d, ", data->classes);
    else
        hox__put(out, " to a number, ");
}

static void model_head(hox__cli *cli, const char *path, const hox__model *model,
                       const hox__provenance *from)
{
    hox__stream *out = &cli->out;
    hox__put_escaped(out, path);
    hox__put(out, ": ");
    model_ends(out, hox__encoder_describe(hox__model_encoder(model)));
    hox__print_grouped(&out->text, hox__model_describe(model)->params);
    hox__text_puts(&out->text, " weights\n");
    if (from->study && *from->study) {
        hox__text_puts(&out->text, "from    ");
        hox__put_escaped(out, from->study);
        hox__put(out, "@%" PRIu64 ", seed %" PRIu64 "\n", from->trial, from->seed);
    }
    const char *metric = hox__model_describe(model)->metric;
    if (strcmp(metric, "accuracy") != 0)
        hox__put(out, "chosen by %s\n", metric);
    if (!isnan(from->validation))
        hox__put(out, "valid.  %.4f\n", from->validation);
    if (!isnan(from->test))
        hox__put(out, "test    %.4f\n", from->test);
}

static void model_json(hox__cli *cli, const char *path, const hox__model_facts *facts,
                       const hox__provenance *from)
{
    hox__json json = {.out = &cli->out.text};
    hox__json_begin_object(&json, NULL);
    hox__json_int(&json, "v", 1);
    hox__json_text(&json, "type", "model");
    hox__json_text(&json, "file", path);
    hox__json_int(&json, "height", facts->height);
    hox__json_int(&json, "width", facts->width);
    hox__json_int(&json, "channels", facts->channels);
    hox__json_int(&json, "classes", facts->classes);
    hox__json_int(&json, "params", facts->params);
    hox__json_text(&json, "metric", facts->metric);
    hox__json_text(&json, "study", from->study);
    hox__json_int(&json, "trial", (int64_t)from->trial);
    hox__json_id(&json, "seed", from->seed);
    hox__json_number(&json, "validation", from->validation);
    hox__json_number(&json, "test", from->test);
    if (isnan(from->validation) || isnan(from->test))
        hox__json_text(&json, "nonfinite", "nan");
    hox__json_text(&json, "data_hash", from->data_hash);
    hox__json_text(&json, "sentence", facts->sentence_text);
    hox__json_end_object(&json);
    hox__text_putc(&cli->out.text, '\n');
}

static hox_status model_body(hox__cli *cli, const hox__model_facts *facts)
{
    hox__spec spec;
    hox_sentence *sentence = NULL;
    const hox_facts shape = {.height = facts->height,
                             .width = facts->width,
                             .channels = facts->channels,
                             .classes = facts->classes};
    hox_status status =
        hox__spec_of_text(cli, "the sentence in the model", facts->sentence_text, &spec);
    if (status == HOX_OK)
        status = hox__spec_sentence(spec.space, &sentence, &cli->error);
    if (status == HOX_OK && !hox__show_other_form(cli, sentence, &shape))
        status = hox__show_network(cli, sentence, &shape);
    hox_sentence_free(sentence);
    hox__spec_close(&spec);
    return status;
}

hox_status hox__show_model(hox__cli *cli, const char *path)
{
    hox__model *model = NULL;
    hox__provenance from;
    hox_status status = hox__model_load(path, &model, &from, &cli->error);
    if (status != HOX_OK)
        return status;
    const hox__model_facts *facts = hox__model_describe(model);
    if (hox__wants_json(cli)) {
        model_json(cli, path, facts, &from);
        hox__model_free(model);
        return HOX_OK;
    }
    if (!hox__args_flag(&cli->args, "dot") && !hox__args_flag(&cli->args, "sentence"))
        model_head(cli, path, model, &from);
    if (facts->sentence_text && *facts->sentence_text)
        status = model_body(cli, facts);
    hox__model_free(model);
    return status;
}

static bool put_study_row(void *ctx, const hox__study_row *row)
{
    hox__sheet_row(ctx, (hox__cell[]){{.text = row->name},
                                      {.text = row->state},
                                      {.text = row->objective},
                                      {.text = row->strategy},
                                      {.id = row->seed}});
    return true;
}

hox_status hox__show_store(hox__cli *cli, const char *path)
{
    static const hox__column column[] = {
        {"study", HOX__CELL_TEXT, 9},     {"state", HOX__CELL_TEXT, 8},
        {"objective", HOX__CELL_TEXT, 6}, {"strategy", HOX__CELL_TEXT, 5},
        {"seed", HOX__CELL_ID, 4},
    };
    hox__store *store;
    hox_status status = hox__store_open(path, HOX__STORE_READ, &store, &cli->error);
    if (status != HOX_OK)
        return status;
    hox__sheet *sheet = hox__sheet_begin(&cli->out, cli->format, "study", column, 5);
    if (sheet) {
        status = hox__store_studies(store, put_study_row, sheet, &cli->error);
        hox__sheet_end(sheet, &cli->err, NULL);
    } else {
        status = hox_fail(&cli->error, HOX_ERR_MEMORY, "no memory for the table");
    }
    hox__store_close(store);
    return status < 0 ? status : HOX_OK;
}
