import type { JobType } from '../define-job.js';
import { couponBatch } from './coupon-campaign/coupon-batch.job.js';
import { couponCampaign } from './coupon-campaign/coupon-campaign.job.js';

/** The job types of this worker. To add one, write it beside this file and name it here. */
export const jobTypes: JobType[] = [couponCampaign, couponBatch];
