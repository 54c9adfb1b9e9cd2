import type { Dispatcher } from 'undici';

export interface FirstByteOptions {
  /** Called when there is a connection and the first byte of the request goes out. */
  onFirstByte?: () => void;
}

/** Has undici tell when it begins to write a request: the options of the request say to whom. */
export const tellOfFirstByte: Dispatcher.DispatcherComposeInterceptor = (dispatch) => (options, handler) => {
  const { onFirstByte } = options as FirstByteOptions;
  if (!onFirstByte) return dispatch(options, handler);
  const begin = handler.onRequestStart?.bind(handler);
  handler.onRequestStart = (...args) => {
    onFirstByte();
    begin?.(...args);
  };
  return dispatch(options, handler);
};
