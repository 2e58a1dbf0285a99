/* A doubly linked queue of pages.  A page is in at most one.  The caller owns the queue or holds its lock. */
#ifndef HAKMEM_PAGE_QUEUE_H
#define HAKMEM_PAGE_QUEUE_H

#include "page.h"

struct page_queue {
    struct hakmem_page *first; /* NULL: empty */
    struct hakmem_page *last;
};

static inline void queue_push_front(struct page_queue *queue, struct hakmem_page *page)
{
    page->prev = NULL;
    page->next = queue->first;
    *(queue->first != NULL ? &queue->first->prev : &queue->last) = page;
    queue->first = page;
}

static inline void queue_push_back(struct page_queue *queue, struct hakmem_page *page)
{
    page->next = NULL;
    page->prev = queue->last;
    *(queue->last != NULL ? &queue->last->next : &queue->first) = page;
    queue->last = page;
}

static inline void queue_remove(struct page_queue *queue, struct hakmem_page *page)
{
    *(page->prev != NULL ? &page->prev->next : &queue->first) = page->next;
    *(page->next != NULL ? &page->next->prev : &queue->last) = page->prev;
    page->next = NULL;
    page->prev = NULL;
}

#endif
