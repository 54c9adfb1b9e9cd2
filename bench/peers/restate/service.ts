export const SERVICE = 'Timers';
export const HANDLER = 'post';
