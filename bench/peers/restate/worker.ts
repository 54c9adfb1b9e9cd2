import { serve, service } from '@restatedev/restate-sdk';
import { post } from '../../bare/post.activity.js';
import { answerQuestions } from '../../forked.js';
import { HANDLER, SERVICE } from './service.js';

const port = Number(process.argv[3]);
const timers = service({
  name: SERVICE,
  handlers: { [HANDLER]: (context, { url }) => context.run('post', () => post(url)) },
});
await serve({ services: [timers], port });
answerQuestions(() => undefined);
