/*
 * Trees: a parse tree is built from its root on and thrown away, again and again; how many blocks are live at once
 * goes by its depth.  A node has a label of its own, of min_size to max_size bytes.
 */
#include "workloads/shapes/shape.h"

struct node {
    struct node *left, *right; /* NULL in a leaf */
    unsigned char *label;
};

static struct node *tree_make(const struct shape *shape, struct tally *tally, struct rng *rng, unsigned depth)
{
    const uint64_t random = rng_next(rng);
    struct node *node = malloc(sizeof *node);
    if (node == NULL)
        shape_fail("no memory");
    node->label = block_make(tally, random_size(shape, random), random_tag(random));
    node->left = depth > 0 ? tree_make(shape, tally, rng, depth - 1) : NULL;
    node->right = depth > 0 ? tree_make(shape, tally, rng, depth - 1) : NULL;
    return node;
}

static void tree_drop(struct tally *tally, struct node *node)
{
    if (node == NULL)
        return;
    tree_drop(tally, node->left);
    tree_drop(tally, node->right);
    block_drop(tally, node->label);
    free(node);
}

struct tally trees_run(const struct shape *shape, uint64_t ops)
{
    struct tally tally = {0};
    struct rng rng = rng_seed(11, 0);
    do {
        tree_drop(&tally, tree_make(shape, &tally, &rng, shape->depth));
        tally.ops += TREE_BLOCKS(shape->depth);
    } while (tally.ops < ops);
    return tally;
}
