import { Inject, Injectable } from '@nestjs/common';
import { Client } from '@temporalio/client';
import type { Payload } from '@temporalio/common';
import { decode, encode } from '@temporalio/common/lib/internal-non-workflow/index.js';
import { JSONToPayload, payloadToJSON } from '@temporalio/common/lib/proto-utils.js';
import { UndecodablePayload } from '#temporal/payload-codec.js';
import { invalid } from '../http/problem.exception.js';
import type { CodecPayloadDto, CodecPayloadsDto } from './codec.dto.js';

type Convert = typeof encode | typeof decode;

/** Does for Temporal's tools what this process does with payloads itself. */
@Injectable()
export class CodecService {
  constructor(@Inject(Client) private readonly client: Client) {}

  encode(namespace: string | undefined, body: CodecPayloadsDto): Promise<CodecPayloadsDto> {
    return this.convert(encode, namespace, body);
  }

  decode(namespace: string | undefined, body: CodecPayloadsDto): Promise<CodecPayloadsDto> {
    return this.convert(decode, namespace, body);
  }

  private async convert(
    convert: Convert,
    namespace: string | undefined,
    { payloads }: CodecPayloadsDto,
  ): Promise<CodecPayloadsDto> {
    const { namespace: ours, loadedDataConverter } = this.client.options;
    if (namespace && namespace !== ours) {
      throw invalid([
        { field: 'x-namespace', message: `must be ${ours}, the namespace of this codec server` },
      ]);
    }
    const convertOne = async (json: CodecPayloadDto, index: number) => {
      try {
        const [converted] = await convert(loadedDataConverter.payloadCodecs, [payloadOf(json, index)]);
        return payloadToJSON(converted as Payload) as CodecPayloadDto;
      } catch (error) {
        if (!(error instanceof UndecodablePayload)) throw error;
        throw invalid([{ field: `payloads.${index}`, message: `cannot be decoded: ${error.message}` }]);
      }
    };
    return { payloads: await Promise.all(payloads.map(convertOne)) };
  }
}

function payloadOf(json: CodecPayloadDto, index: number): Payload {
  try {
    return JSONToPayload(json);
  } catch {
    const message = 'must be an object with metadata and data, whose values are in base64';
    throw invalid([{ field: `payloads.${index}`, message }]);
  }
}
