/**
 * Moves all sums of committed events to where reports read them. Waits for the gateway's own fold, beside which another one
 * finds nothing to do although not all is done.
 */
export const FOLD_ALL = 'SELECT usage_take_sums(), usage_fold(NULL)';
