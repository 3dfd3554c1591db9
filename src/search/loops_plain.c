/* The loops for any machine. */
#define SET plain
#include "search/loops_body.h"
