#include "study/warm_wire.h"
#include "base/number.h"
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void put_path(hox__text *out, const char *path)
{
    if (!path)
        hox__text_putc(out, '-');
    for (const char *p = path; p && *p; p++)
        hox__text_printf(out, "%02x", (unsigned)(unsigned char)*p);
    hox__text_putc(out, ' ');
}

void hox__command_print(hox__text *out, const hox__task *task, const char *to)
{
    hox__text_printf(out, "start %" PRIu64 " %" PRIu64 " ", task->trial, task->seed);
    hox__text_number(out, task->budget);
    hox__text_printf(out, " %" PRId64 " ", task->memory_bytes);
    hox__text_number(out, task->keep_from);
    hox__text_putc(out, ' ');
    hox__text_number(out, task->cpu_s);
    hox__text_putc(out, ' ');
    hox__text_number(out, task->grace_s);
    hox__text_printf(out, " %d %d %d ", task->slot, task->threads, task->asks);
    put_path(out, task->dir);
    put_path(out, task->model);
    put_path(out, to);
    hox__text_puts(out, task->walk);
    hox__text_putc(out, '\n');
}

/* The next word of *at, NUL-terminated in place of its space. */
static char *word(char **at)
{
    char *start = *at, *space = strchr(start, ' ');
    if (!space)
        return NULL;
    *space = '\0';
    *at = space + 1;
    return start;
}

static int nibble(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Hexadecimal digits turned into the path they say, in place; NULL for `-`. */
static const char *path_of(char *s)
{
    char *out = s;
    if (strcmp(s, "-") == 0)
        return NULL;
    for (const char *p = s; nibble(p[0]) >= 0 && nibble(p[1]) >= 0; p += 2)
        *out++ = (char)(nibble(p[0]) << 4 | nibble(p[1]));
    *out = '\0';
    return s;
}

/* What hox__text_number() wrote, whatever the locale. */
static double real(const char *s)
{
    const bool minus = *s == '-';
    bool integral;
    double x = (double)NAN;
    if (strcmp(s + minus, "inf") == 0)
        x = (double)INFINITY;
    else
        hox__number_read(s + minus, strlen(s + minus), &x, &integral);
    return minus ? -x : x;
}

bool hox__command_read(const char *line, hox__arena *arena, hox__task *task, const char **to)
{
    char *at = hox__arena_copy(arena, line, strlen(line));
    char *part[14];
    for (int i = 0; i < 14; i++) {
        part[i] = at ? word(&at) : NULL;
        if (!part[i])
            return false;
    }
    if (strcmp(part[0], "start") != 0)
        return false;
    *task = (hox__task){
        .trial = strtoull(part[1], NULL, 10),
        .seed = strtoull(part[2], NULL, 10),
        .budget = real(part[3]),
        .memory_bytes = strtoll(part[4], NULL, 10),
        .keep_from = real(part[5]),
        .cpu_s = real(part[6]),
        .grace_s = real(part[7]),
        .slot = (int)strtol(part[8], NULL, 10),
        .threads = (int)strtol(part[9], NULL, 10),
        .asks = part[10][0] == '1',
        .dir = path_of(part[11]),
        .model = path_of(part[12]),
        .walk = at,
    };
    *to = path_of(part[13]);
    return true;
}

void hox__end_print(hox__text *out, uint64_t trial, const hox__child_end *end)
{
    hox__text_printf(out, "E %" PRIu64 " %d %d %d %" PRId64 " %" PRId64 " %" PRId64 "\n", trial,
                     end->exited, end->code, end->signal, (int64_t)(end->cpu_s * 1e6),
                     (int64_t)(end->wall_s * 1e6), end->memory_peak_bytes);
}

bool hox__end_read(const char *line, uint64_t *trial, hox__child_end *end)
{
    int exited = 0;
    int64_t cpu = 0, wall = 0;
    *end = (hox__child_end){0};
    const int got = sscanf(line, "E %" SCNu64 " %d %d %d %" SCNd64 " %" SCNd64 " %" SCNd64, trial,
                           &exited, &end->code, &end->signal, &cpu, &wall, &end->memory_peak_bytes);
    end->exited = exited != 0;
    end->cpu_s = 1e-6 * (double)cpu;
    end->wall_s = 1e-6 * (double)wall;
    return got == 7;
}
