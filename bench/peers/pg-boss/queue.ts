export const QUEUE = 'timers';
