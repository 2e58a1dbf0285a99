/* Mailboxes: letters are written into blocks, and pushed to a stack.  See mailbox.h. */
#include "mailbox.h"
#include "heap.h"

#if HAKMEM_USE_MAILBOXES

/* No letter is here: the stack of a closed mailbox.  An empty one is 0. */
#define MAILBOX_CLOSED ((uintptr_t)1)

/* A letter's words are links (block.h), so that they are encoded where links are. */
static struct hakmem_block *letter_word(void *letter, size_t word)
{
    return (struct hakmem_block *)((uintptr_t *)letter + word);
}

static size_t letter_words(const void *letter)
{
    return page_of_block(letter)->block_size / sizeof(uintptr_t);
}

/* Makes the last of the blocks a letter with as many of those before it as it has room for; how many blocks are left.
 */
static unsigned letter_write(void **blocks, unsigned count)
{
    void *letter = blocks[--count];
    size_t words = letter_words(letter);
    size_t word = 1;
    while (word < words && count > 0)
        block_link(letter_word(letter, word++), blocks[--count]);
    if (word < words)
        block_link(letter_word(letter, word), NULL);
    return count;
}

/* Writes letters until no block is left, the first of them linked to none. */
static struct remote_chain letters_write(void **blocks, unsigned count)
{
    struct remote_chain letters = {NULL, blocks[count - 1], 0};
    while (count > 0) {
        struct hakmem_block *letter = blocks[count - 1];
        count = letter_write(blocks, count);
        block_link(letter, letters.first);
        letters.first = letter;
    }
    return letters;
}

bool mailbox_send(struct hakmem_heap *to, void **blocks, unsigned count)
{
    uintptr_t old = atomic_load_explicit(&to->mailbox, memory_order_relaxed);
    if (old == MAILBOX_CLOSED)
        return false;
    struct remote_chain letters = letters_write(blocks, count);
    do {
        if (old == MAILBOX_CLOSED)
            return false;
        block_link(letters.last, (struct hakmem_block *)old);
        COUNT(atomic_rmw);
    } while (!atomic_compare_exchange_weak_explicit(&to->mailbox, &old, (uintptr_t)letters.first, memory_order_release,
                                                    memory_order_relaxed));
    COUNT_ADD(remote_frees, count);
    return true;
}

bool mailbox_is_closed(struct hakmem_heap *heap)
{
    return atomic_load_explicit(&heap->mailbox, memory_order_relaxed) == MAILBOX_CLOSED;
}

/* Before the letter itself is handed out, which may be written to at once.  How many blocks it brought. */
static size_t letter_read(struct hakmem_heap *heap, struct hakmem_block *letter)
{
    size_t words = letter_words(letter);
    size_t word = 1;
    for (; word < words; word++) {
        struct hakmem_block *block = block_next(letter_word(letter, word));
        if (block == NULL)
            break;
        magazine_receive(heap, block);
    }
    magazine_receive(heap, letter);
    return word;
}

/* Reads letters until there were `most` blocks in them; the first that is left. */
static struct hakmem_block *letters_read(struct hakmem_heap *heap, struct hakmem_block *letter, size_t most)
{
    size_t blocks = 0;
    while (letter != NULL && blocks < most) {
        struct hakmem_block *next = block_next(letter);
        blocks += letter_read(heap, letter);
        letter = next;
    }
    return letter;
}

/* Whatever has come; NULL: nothing has. */
static struct hakmem_block *letters_take(struct hakmem_heap *heap, uintptr_t state)
{
    COUNT(atomic_rmw);
    uintptr_t old = atomic_exchange_explicit(&heap->mailbox, state, memory_order_acquire);
    return old == MAILBOX_CLOSED ? NULL : (struct hakmem_block *)old;
}

static struct hakmem_block *letters_come(struct hakmem_heap *heap)
{
    uintptr_t old = atomic_load_explicit(&heap->mailbox, memory_order_relaxed);
    return old == 0 || old == MAILBOX_CLOSED ? NULL : letters_take(heap, 0);
}

#if HAKMEM_USE_SHORT_CALLS

/* Only asked of what a first part has left: each look is a line from the other core's cache. */
static bool letters_are_many(struct hakmem_block *letter)
{
    unsigned count = 0;
    while (letter != NULL && count < MAIL_LETTERS_MANY) {
        letter = block_next(letter);
        count++;
    }
    return letter != NULL;
}

bool mailbox_take(struct hakmem_heap *heap)
{
    bool first_part = heap->unread == NULL;
    struct hakmem_block *letters = first_part ? letters_come(heap) : heap->unread;
    heap->unread = letters_read(heap, letters, MAIL_READ_MAX);
    if (first_part && heap->unread != NULL)
        heap->much_mail = letters_are_many(heap->unread);
    return letters != NULL;
}

bool mailbox_waits(const struct hakmem_heap *heap)
{
    return heap->unread != NULL && heap->much_mail;
}

static void read_unread(struct hakmem_heap *heap)
{
    struct hakmem_block *letters = heap->unread;
    heap->unread = NULL;
    letters_read(heap, letters, SIZE_MAX);
}

static void forget_unread(struct hakmem_heap *heap)
{
    heap->unread = NULL;
}

#else

bool mailbox_take(struct hakmem_heap *heap)
{
    struct hakmem_block *letters = letters_come(heap);
    letters_read(heap, letters, SIZE_MAX);
    return letters != NULL;
}

bool mailbox_waits(const struct hakmem_heap *heap)
{
    (void)heap;
    return false;
}

static void read_unread(struct hakmem_heap *heap)
{
    (void)heap;
}

static void forget_unread(struct hakmem_heap *heap)
{
    (void)heap;
}

#endif

void mailbox_take_all(struct hakmem_heap *heap)
{
    read_unread(heap);
    letters_read(heap, letters_come(heap), SIZE_MAX);
}

void mailbox_close(struct hakmem_heap *heap)
{
    read_unread(heap);
    letters_read(heap, letters_take(heap, MAILBOX_CLOSED), SIZE_MAX);
}

void mailbox_open(struct hakmem_heap *heap)
{
    if (mailbox_is_closed(heap)) /* then nobody else writes it */
        atomic_store_explicit(&heap->mailbox, 0, memory_order_relaxed);
}

void mailbox_forget(struct hakmem_heap *heap)
{
    forget_unread(heap);
    atomic_store_explicit(&heap->mailbox, MAILBOX_CLOSED, memory_order_relaxed);
}

#else

bool mailbox_send(struct hakmem_heap *to, void **blocks, unsigned count)
{
    (void)to;
    (void)blocks;
    (void)count;
    return false;
}

bool mailbox_is_closed(struct hakmem_heap *heap)
{
    (void)heap;
    return true;
}

bool mailbox_take(struct hakmem_heap *heap)
{
    (void)heap;
    return false;
}

bool mailbox_waits(const struct hakmem_heap *heap)
{
    (void)heap;
    return false;
}

void mailbox_take_all(struct hakmem_heap *heap)
{
    (void)heap;
}

void mailbox_close(struct hakmem_heap *heap)
{
    (void)heap;
}

void mailbox_open(struct hakmem_heap *heap)
{
    (void)heap;
}

void mailbox_forget(struct hakmem_heap *heap)
{
    (void)heap;
}

#endif
