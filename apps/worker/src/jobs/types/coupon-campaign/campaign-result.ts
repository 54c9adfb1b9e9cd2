import { defineResult } from '../../define-result.js';

/** What a campaign has come to; there is one `of` each campaign. */
export const campaignResult = defineResult({ name: 'coupon-campaign', counters: ['coupons', 'notified'] });
