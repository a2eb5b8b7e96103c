import { Admission, type Reservation } from '../../src/billing/budgets/admission.js';

/** No budget applies to anyone. */
export class OpenAdmission extends Admission {
  override isRequired(): boolean {
    return false;
  }

  override admit(): Promise<Reservation> {
    return Promise.resolve({ id: null, picoUsd: 0n, release: () => Promise.resolve() });
  }
}
