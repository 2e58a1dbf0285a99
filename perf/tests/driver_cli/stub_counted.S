/*
 * An allocator of known cost for the tests of the census: every instruction of malloc and free stands here.  It hands
 * out one block for ever, which is enough for what never writes to two at once.
 */
        .intel_syntax noprefix
        .text

        .globl malloc, calloc, realloc, free
        .type malloc, @function
        .type calloc, @function
        .type realloc, @function
        .type free, @function

/* 9 instructions, 3 loads (mov, xadd, ret), 2 stores (xadd, mov), 1 branch, 1 atomic, 3 lines (counter, block, stack) */
malloc:
        lea rdx, [rip + counter]
        mov ecx, [rdx]
        cmp ecx, -1
        je 1f
        mov eax, 1
        lock xadd [rdx], eax
        lea rax, [rip + block]
        mov [rax], ecx
1:      ret
        .size malloc, . - malloc

/* 8 instructions, 9 stores (push, stosq 8 times), 2 loads (pop, ret), 3 lines: the block and two of the stack, or one */
calloc:
        push rdi
        lea rdi, [rip + block]
        mov ecx, 8
        xor eax, eax
        rep stosq
        lea rax, [rip + block]
        pop rdi
        ret
        .size calloc, . - calloc

realloc:
        mov rax, rdi
        ret
        .size realloc, . - realloc

free:
        ret
        .size free, . - free

        .bss
        .balign 64
counter: .skip 64
block:  .skip 2097152
        .section .note.GNU-stack, "", @progbits
