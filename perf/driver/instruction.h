#ifndef LAB_DRIVER_INSTRUCTION_H
#define LAB_DRIVER_INSTRUCTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/user.h>

enum {
    INSTRUCTION_BYTES = 15,      /* the longest there is on x86-64 */
    INSTRUCTION_TEXT = 96,       /* longer ones are cut */
    INSTRUCTION_ACCESSES_MAX = 4 /* two operands in memory and the stack leave one to spare */
};

/* Memory that an instruction reads or writes. */
struct access {
    uint64_t address;
    uint32_t bytes;
};

/* What one instruction does, with the registers that it finds. */
struct instruction {
    char text[INSTRUCTION_TEXT]; /* "mov rax, qword ptr [rdi]" */
    unsigned loads;              /* operands read from memory, pops and returns included */
    unsigned stores;             /* operands written to memory, pushes and calls included */
    bool branch;                 /* conditional jump */
    bool atomic;                 /* locked: a lock prefix, or xchg with memory */
    bool repeats;                /* string instruction with a rep prefix: steps once for each iteration */
    struct access accesses[INSTRUCTION_ACCESSES_MAX];
    size_t access_count;
};

/* A disassembler for this processor; NULL where there is none for it. */
struct decoder;
struct decoder *decoder_new(void);
void decoder_free(struct decoder *decoder);

/*
 * Decodes the instruction at `address`, whose `length` bytes (or more) are `code`.  What the disassembler does not know
 * becomes an instruction with the text "(unknown)" that touches nothing.
 */
void decoder_decode(struct decoder *decoder, const uint8_t *code, size_t length, uint64_t address,
                    const struct user_regs_struct *registers, struct instruction *instruction);

#endif
