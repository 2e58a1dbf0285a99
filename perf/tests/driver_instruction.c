/*
 * Instructions: what each of a catalog of encodings reads and writes, and where; the ones that the disassembler itself
 * has wrong among them.
 */
#include "perf/tests/driver.h"

#include "perf/driver/instruction.h"

#include <stdio.h>

#if defined(__x86_64__)

/* rdi, rsi and the stack pointer apart from each other, so that an address tells which one it came from. */
static const struct user_regs_struct registers = {
    .rax = 2, .rcx = 1, .rdx = 0x3000, .rdi = 0x1000, .rsi = 0x2000, .rsp = 0x8000, .rbp = 0x9000, .fs_base = 0xf000};

struct expected {
    const char *text;
    unsigned loads, stores;
    bool branch, atomic;
    uint64_t address; /* of the first access; 0: there is none */
    uint32_t bytes;
    size_t length;
    uint8_t code[INSTRUCTION_BYTES];
};

static const struct expected catalog[] = {
    {"mov rax, qword ptr [rdi + 8]", 1, 0, false, false, 0x1008, 8, 4, {0x48, 0x8b, 0x47, 8}},
    {"mov qword ptr [rdi], rax", 0, 1, false, false, 0x1000, 8, 3, {0x48, 0x89, 0x07}},
    {"mov qword ptr [rdi + rax*8], rdx", 0, 1, false, false, 0x1010, 8, 4, {0x48, 0x89, 0x14, 0xc7}},
    {"movups xmmword ptr [rdi], xmm0", 0, 1, false, false, 0x1000, 16, 3, {0x0f, 0x11, 0x07}},
    {"movups xmm0, xmmword ptr [rdi]", 1, 0, false, false, 0x1000, 16, 3, {0x0f, 0x10, 0x07}},
    {"vmovdqu ymmword ptr [rdi], ymm0", 0, 1, false, false, 0x1000, 32, 4, {0xc5, 0xfe, 0x7f, 0x07}},
    {"add dword ptr [rsi], eax", 1, 1, false, false, 0x2000, 4, 2, {0x01, 0x06}},
    {"sub rax, qword ptr [rsi]", 1, 0, false, false, 0x2000, 8, 3, {0x48, 0x2b, 0x06}},
    {"cmp qword ptr [rdi], 0", 1, 0, false, false, 0x1000, 8, 4, {0x48, 0x83, 0x3f, 0}},
    {"test byte ptr [rdi], 1", 1, 0, false, false, 0x1000, 1, 3, {0xf6, 0x07, 1}},
    {"cmove rax, qword ptr [rdi]", 1, 0, false, false, 0x1000, 8, 4, {0x48, 0x0f, 0x44, 0x07}},
    {"lock cmpxchg qword ptr [rdx], rcx", 1, 1, false, true, 0x3000, 8, 5, {0xf0, 0x48, 0x0f, 0xb1, 0x0a}},
    {"lock xadd qword ptr [rdx], rax", 1, 1, false, true, 0x3000, 8, 5, {0xf0, 0x48, 0x0f, 0xc1, 0x02}},
    {"xchg qword ptr [rdx], rax", 1, 1, false, true, 0x3000, 8, 3, {0x48, 0x87, 0x02}},
    {"xchg rax, rdx", 0, 0, false, false, 0, 0, 2, {0x48, 0x92}},
    {"mov rax, qword ptr fs:[0]", 1, 0, false, false, 0xf000, 8, 9, {0x64, 0x48, 0x8b, 0x04, 0x25, 0, 0, 0, 0}},
    {"mov rax, qword ptr [rip + 0x10]", 1, 0, false, false, 0x417, 8, 7, {0x48, 0x8b, 0x05, 0x10, 0, 0, 0}},
    {"lea rax, [rdi + 8]", 0, 0, false, false, 0, 0, 4, {0x48, 0x8d, 0x47, 8}},
    {"nop dword ptr [rax]", 0, 0, false, false, 0, 0, 3, {0x0f, 0x1f, 0x00}},
    {"prefetcht0 byte ptr [rdi]", 0, 0, false, false, 0, 0, 3, {0x0f, 0x18, 0x0f}},
    {"push rbx", 0, 1, false, false, 0x7ff8, 8, 1, {0x53}},
    {"pop rbx", 1, 0, false, false, 0x8000, 8, 1, {0x5b}},
    {"leave", 1, 0, false, false, 0x9000, 8, 1, {0xc9}},
    {"ret", 1, 0, false, false, 0x8000, 8, 1, {0xc3}},
    {"call qword ptr [rdi]", 1, 1, false, false, 0x1000, 8, 2, {0xff, 0x17}},
    {"push qword ptr [rdi]", 1, 1, false, false, 0x1000, 8, 2, {0xff, 0x37}},
    {"je 0x402", 0, 0, true, false, 0, 0, 2, {0x74, 0}},
    {"jmp 0x402", 0, 0, false, false, 0, 0, 2, {0xeb, 0}},
    {"jmp qword ptr [rdi]", 1, 0, false, false, 0x1000, 8, 2, {0xff, 0x27}},
    {"rep stosq qword ptr [rdi], rax", 0, 1, false, false, 0x1000, 8, 3, {0xf3, 0x48, 0xab}},
    {"rep movsb byte ptr [rdi], byte ptr [rsi]", 1, 1, false, false, 0x1000, 1, 2, {0xf3, 0xa4}},
    {"endbr64", 0, 0, false, false, 0, 0, 4, {0xf3, 0x0f, 0x1e, 0xfa}},
};

static void each_encoding_is_counted_as_it_is(void **state)
{
    struct decoder *decoder = decoder_new();
    (void)state;
    for (size_t i = 0; i < sizeof catalog / sizeof catalog[0]; i++) {
        const struct expected *expected = &catalog[i];
        struct instruction found;
        decoder_decode(decoder, expected->code, expected->length, 0x400, &registers, &found);
        assert_string_equal(found.text, expected->text);
        if (found.loads != expected->loads || found.stores != expected->stores)
            fail_msg("%s: %u loads and %u stores", found.text, found.loads, found.stores);
        if (found.branch != expected->branch || found.atomic != expected->atomic)
            fail_msg("%s: branch %d, atomic %d", found.text, found.branch, found.atomic);
        assert_int_equal(found.access_count > 0, expected->address != 0);
        if (found.access_count && found.accesses[0].address != expected->address)
            fail_msg("%s: touches %#lx", found.text, (unsigned long)found.accesses[0].address);
        if (found.access_count)
            assert_int_equal(found.accesses[0].bytes, expected->bytes);
    }
    decoder_free(decoder);
}

static void a_string_instruction_with_nothing_left_touches_nothing(void **state)
{
    static const uint8_t code[] = {0xf3, 0x48, 0xab};
    struct decoder *decoder = decoder_new();
    struct user_regs_struct done = registers;
    struct instruction found;
    (void)state;
    done.rcx = 0;
    decoder_decode(decoder, code, sizeof code, 0x400, &done, &found);
    assert_true(found.repeats);
    assert_int_equal(found.stores, 0);
    assert_int_equal(found.access_count, 0);
    decoder_free(decoder);
}

static void what_is_no_instruction_is_said_to_be_unknown(void **state)
{
    static const uint8_t code[] = {0x06};
    struct decoder *decoder = decoder_new();
    struct instruction found;
    (void)state;
    decoder_decode(decoder, code, sizeof code, 0x400, &registers, &found);
    assert_string_equal(found.text, "(unknown)");
    assert_int_equal(found.loads + found.stores, 0);
    decoder_free(decoder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_encoding_is_counted_as_it_is),
        cmocka_unit_test(a_string_instruction_with_nothing_left_touches_nothing),
        cmocka_unit_test(what_is_no_instruction_is_said_to_be_unknown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

int main(void)
{
    puts("skipped: only x86-64 is decoded");
    return 77;
}

#endif
