import { Controller, Get } from '@nestjs/common';
import { Public } from '../auth/decorators.js';

@Controller()
@Public()
export class HealthController {
  /** Some clients ask for the root before their first call; it says what serves here and nothing else. */
  @Get()
  root(): { service: string } {
    return { service: 'bedrock-gateway' };
  }

  /** The process serves. */
  @Get('healthz')
  live(): { status: 'ok' } {
    return { status: 'ok' };
  }
}
