/*
 * Instructions, one at a time: what each reads and writes, with addresses, because the registers are known when it is
 * stepped.
 *
 * Capstone takes it apart and says which operands are read or written.  What it leaves implicit is added here: the
 * stack of push, pop, call, ret and leave.  An address computed but not used (lea, nop, prefetch) is no access.  x86-64
 * only: on other processors decoder_new() says so by returning NULL.
 */
#include "perf/driver/instruction.h"

#include "perf/driver/text.h"

#include <capstone/capstone.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(__x86_64__)

enum { WORD_BYTES = 8, PREFIX_LOCK = 0xf0 };

struct decoder {
    csh handle;
    cs_insn *insn; /* reused for every instruction */
};

struct decoder *decoder_new(void)
{
    struct decoder *decoder = memory_take(1, sizeof *decoder);
    if (cs_open(CS_ARCH_X86, CS_MODE_64, &decoder->handle) != CS_ERR_OK)
        abort();
    cs_option(decoder->handle, CS_OPT_DETAIL, CS_OPT_ON);
    decoder->insn = cs_malloc(decoder->handle);
    return decoder;
}

void decoder_free(struct decoder *decoder)
{
    if (!decoder)
        return;
    cs_free(decoder->insn, 1);
    cs_close(&decoder->handle);
    free(decoder);
}

static uint64_t register_value(const struct user_regs_struct *registers, x86_reg name)
{
    const struct {
        x86_reg wide, half;
        unsigned long long value;
    } table[] = {{X86_REG_RAX, X86_REG_EAX, registers->rax},  {X86_REG_RBX, X86_REG_EBX, registers->rbx},
                 {X86_REG_RCX, X86_REG_ECX, registers->rcx},  {X86_REG_RDX, X86_REG_EDX, registers->rdx},
                 {X86_REG_RSI, X86_REG_ESI, registers->rsi},  {X86_REG_RDI, X86_REG_EDI, registers->rdi},
                 {X86_REG_RBP, X86_REG_EBP, registers->rbp},  {X86_REG_RSP, X86_REG_ESP, registers->rsp},
                 {X86_REG_R8, X86_REG_R8D, registers->r8},    {X86_REG_R9, X86_REG_R9D, registers->r9},
                 {X86_REG_R10, X86_REG_R10D, registers->r10}, {X86_REG_R11, X86_REG_R11D, registers->r11},
                 {X86_REG_R12, X86_REG_R12D, registers->r12}, {X86_REG_R13, X86_REG_R13D, registers->r13},
                 {X86_REG_R14, X86_REG_R14D, registers->r14}, {X86_REG_R15, X86_REG_R15D, registers->r15}};
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        if (name == table[i].wide)
            return table[i].value;
        if (name == table[i].half)
            return (uint32_t)table[i].value;
    }
    return 0;
}

static uint64_t operand_address(const cs_insn *insn, const x86_op_mem *mem, const struct user_regs_struct *registers)
{
    uint64_t address = (uint64_t)mem->disp;
    if (mem->base == X86_REG_RIP)
        address += insn->address + insn->size;
    else
        address += register_value(registers, mem->base);
    address += register_value(registers, mem->index) * (uint64_t)mem->scale;
    if (mem->segment == X86_REG_FS)
        address += registers->fs_base;
    else if (mem->segment == X86_REG_GS)
        address += registers->gs_base;
    return address;
}

static void add_access(struct instruction *instruction, uint64_t address, uint32_t bytes, bool read, bool written)
{
    instruction->loads += read;
    instruction->stores += written;
    if (instruction->access_count < INSTRUCTION_ACCESSES_MAX)
        instruction->accesses[instruction->access_count++] = (struct access){address, bytes};
}

static bool begins(const cs_insn *insn, const char *text)
{
    return !strncmp(insn->mnemonic, text, strlen(text));
}

/* Its operand names an address and does not go there. */
static bool only_computes(const cs_insn *insn)
{
    return insn->id == X86_INS_LEA || insn->id == X86_INS_NOP || begins(insn, "prefetch");
}

/*
 * Whether an operand in memory is read and written.  Capstone 4 is wrong about some: it has vector stores as loads,
 * cmpxchg as a load alone and test with a constant as a store.
 */
static void operand_directions(const cs_insn *insn, uint8_t index, bool *read, bool *written)
{
    uint8_t access = insn->detail->x86.operands[index].access;
    *read = access & CS_AC_READ;
    *written = access & CS_AC_WRITE;
    if (begins(insn, "mov") || begins(insn, "vmov") || begins(insn, "vextract")) {
        *written = index == 0;
        *read = index != 0;
    } else if (strstr(insn->mnemonic, "cmpxchg")) {
        *read = *written = true;
    } else if (insn->id == X86_INS_TEST || (!*read && !*written)) {
        *read = true;
        *written = false;
    }
}

static void add_operands(const cs_insn *insn, const struct user_regs_struct *registers, struct instruction *instruction)
{
    const cs_x86 *x86 = &insn->detail->x86;
    if (only_computes(insn))
        return;
    for (uint8_t i = 0; i < x86->op_count; i++) {
        const cs_x86_op *operand = &x86->operands[i];
        if (operand->type != X86_OP_MEM)
            continue;
        bool read, written;
        operand_directions(insn, i, &read, &written);
        add_access(instruction, operand_address(insn, &operand->mem, registers), operand->size, read, written);
        instruction->atomic = instruction->atomic || insn->id == X86_INS_XCHG;
    }
}

/* What goes to and from the stack without being an operand. */
static void add_stack(csh handle, const cs_insn *insn, const struct user_regs_struct *registers,
                      struct instruction *instruction)
{
    bool pushes = insn->id == X86_INS_PUSH || insn->id == X86_INS_PUSHFQ || cs_insn_group(handle, insn, CS_GRP_CALL);
    bool pops = insn->id == X86_INS_POP || insn->id == X86_INS_POPFQ || cs_insn_group(handle, insn, CS_GRP_RET);
    if (pushes)
        add_access(instruction, registers->rsp - WORD_BYTES, WORD_BYTES, false, true);
    else if (pops)
        add_access(instruction, registers->rsp, WORD_BYTES, true, false);
    else if (insn->id == X86_INS_LEAVE)
        add_access(instruction, registers->rbp, WORD_BYTES, true, false);
}

static bool is_repeated(const cs_insn *insn)
{
    uint8_t prefix = insn->detail->x86.prefix[0];
    bool string = false;
    switch (insn->id) {
    case X86_INS_MOVSB:
    case X86_INS_MOVSW:
    case X86_INS_MOVSQ:
    case X86_INS_STOSB:
    case X86_INS_STOSW:
    case X86_INS_STOSD:
    case X86_INS_STOSQ:
    case X86_INS_SCASB:
    case X86_INS_CMPSB:
        string = true;
        break;
    default:
        break;
    }
    return string && (prefix == X86_PREFIX_REP || prefix == X86_PREFIX_REPNE);
}

void decoder_decode(struct decoder *decoder, const uint8_t *code, size_t length, uint64_t address,
                    const struct user_regs_struct *registers, struct instruction *instruction)
{
    const cs_insn *insn = decoder->insn;
    *instruction = (struct instruction){.text = "(unknown)"};
    if (!cs_disasm_iter(decoder->handle, &code, &length, &address, decoder->insn))
        return;
    snprintf(instruction->text, sizeof instruction->text, "%.16s%s%.70s", insn->mnemonic, *insn->op_str ? " " : "",
             insn->op_str);
    instruction->repeats = is_repeated(insn);
    if (instruction->repeats && registers->rcx == 0)
        return;
    instruction->branch = cs_insn_group(decoder->handle, insn, CS_GRP_JUMP) && insn->id != X86_INS_JMP;
    instruction->atomic = insn->detail->x86.prefix[0] == PREFIX_LOCK;
    add_operands(insn, registers, instruction);
    add_stack(decoder->handle, insn, registers, instruction);
}

#else

struct decoder *decoder_new(void)
{
    return NULL;
}

void decoder_free(struct decoder *decoder)
{
    (void)decoder;
}

void decoder_decode(struct decoder *decoder, const uint8_t *code, size_t length, uint64_t address,
                    const struct user_regs_struct *registers, struct instruction *instruction)
{
    (void)decoder, (void)code, (void)length, (void)address, (void)registers;
    *instruction = (struct instruction){.text = "(unknown)"};
}

#endif
