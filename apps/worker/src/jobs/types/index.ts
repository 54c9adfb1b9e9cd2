import type { JobType } from '../define-job.js';

/** The job types of this worker. To add one, write it beside this file and name it here. */
export const jobTypes: JobType[] = [];
