#if MAILCANARY_CATCH == 2
#define CATCH_CONFIG_MAIN
#endif
#include "tests/catch.h"
#if MAILCANARY_CATCH == 3
int main(int argc, char** argv) { return Catch::Session().run(argc, argv); }
#endif
