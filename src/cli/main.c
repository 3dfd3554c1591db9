#include "base/alloc.h"
#include "cli/cli.h"

int main(int argc, char **argv)
{
    hox__heap_begin();
    return hox__cli_main(argc, argv);
}
