/*
 * Mailboxes (phase 12): blocks that another thread freed go home as addresses.
 *
 * A magazine that overflows with another heap's blocks could link them to a chain on their page (remote.h).  But the
 * owner has to follow the chain to count it, and each of its blocks is a line that lies in the other core's cache: one
 * miss after the other.  So a few of the blocks, the letters, carry the addresses of the others:
 *
 *   heap->mailbox  ->  | next letter | address | address | … |  ->  | NULL | address | NULL |
 *                        a block, from its first word to its last     the last letter; its addresses end early
 *
 * The addresses go from the sender's magazine to the owner's, which touches the letters only; none of the pages learns
 * anything, since a block in a magazine counts as in use.  What finds the owner's magazine full goes to its page.
 *
 * Others push letters with a compare-and-swap, the owner takes all of them when malloc runs dry in any class.  There
 * may be any number: with short_calls it reads as many as hold MAIL_READ_MAX blocks at a time, whoever's turn they are,
 * and takes more when none is unread.  If there was a lot, and some still waits, the class that ran dry is to run dry
 * again with the next malloc, which reads on: its magazine is closed, and its list head left empty.  Else a program
 * whose magazines hold all that it works with would never come back to read, and the pages of what waits would stay.  A
 * heap without a thread of its own, be it parked, idle or shared, has its mailbox closed: its blocks go to their pages,
 * where others find them.  Who takes a heap over may find letters of before: blocks of pages that are no longer the
 * heap's, which is as good.
 */
#ifndef HAKMEM_MAILBOX_H
#define HAKMEM_MAILBOX_H

#include "hakmem_config.h"
#include <stdbool.h>

struct hakmem_heap;

/* Blocks, and those that are in the last letter besides: 20 to 60 us if each misses the cache. */
#define MAIL_READ_MAX 1024
/* Letters: more than what is under way between two threads that work side by side. */
#define MAIL_LETTERS_MANY 512

/* Any thread: sends blocks to the heap that owns their pages; `count` is at least 1.  False: it is closed. */
bool mailbox_send(struct hakmem_heap *to, void **blocks, unsigned count);
/* Any thread, a hint: is it closed? */
bool mailbox_is_closed(struct hakmem_heap *heap);
/* Owner: puts what has come into its magazines, or a part of it; false if nothing has. */
bool mailbox_take(struct hakmem_heap *heap);
/* Owner: is there a lot that mailbox_take has not read yet? */
bool mailbox_waits(const struct hakmem_heap *heap);
/* Owner: puts all that has come into its magazines. */
void mailbox_take_all(struct hakmem_heap *heap);
/* Owner: the same, and nothing will come any more until it is opened. */
void mailbox_close(struct hakmem_heap *heap);
/* The heap has a thread now. */
void mailbox_open(struct hakmem_heap *heap);
/* Of a heap that no thread has: closed; a forked child's letters to threads that are no more are lost, as their
 * magazines are. */
void mailbox_forget(struct hakmem_heap *heap);

#endif
