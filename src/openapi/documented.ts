import { applyDecorators } from '@nestjs/common';
import { ApiOperation, ApiResponse } from '@nestjs/swagger';
import type { z } from 'zod';

/** Says in the OpenAPI document what a route does and answers; the schema is also what tests hold the answer to. */
export const Documented = (summary: string, status: number, answer?: z.ZodType) =>
  applyDecorators(
    ApiOperation({ summary }),
    ApiResponse({ status, description: summary, ...(answer && { standardSchema: answer }) }),
  );
