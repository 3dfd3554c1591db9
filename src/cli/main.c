#include "cli/cli.h"

int main(int argc, char **argv)
{
    return hox__cli_main(argc, argv);
}
