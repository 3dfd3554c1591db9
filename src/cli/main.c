#include "base/alloc.h"
#include "base/digest.h"
#include "cli/cli.h"
#include <stdio.h>
#include <stdlib.h>

static void no_memory(void)
{
    fputs("error: no memory\n", stderr);
    _Exit(HOX__EXIT_SURROUNDINGS);
}

int main(int argc, char **argv)
{
    hox__heap_begin();
    hox__digest_when_ended(no_memory);
    return hox__cli_main(argc, argv);
}
