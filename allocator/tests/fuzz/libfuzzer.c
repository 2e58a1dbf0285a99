/* The fuzzer's entry for libFuzzer (clang -fsanitize=fuzzer), which chooses programs by the code that they reach. */
#include "model.h"

int LLVMFuzzerTestOneInput(const uint8_t *program, size_t bytes);

int LLVMFuzzerTestOneInput(const uint8_t *program, size_t bytes)
{
    static struct model model = {.alone = 1};
    model_run(&model, program, bytes);
    model_finish();
    return 0;
}
