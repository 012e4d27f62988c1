/** The five levels and the other closed lists that alerts are described by. */

/** From most to least severe. */
export const SEVERITIES = ['critical', 'high', 'medium', 'low', 'informational'];

/** 4 for critical down to 0; -1 for a word that is no level. @param {string} severity */
export const severityRank = (severity) => {
  const index = SEVERITIES.indexOf(severity);
  return index < 0 ? -1 : SEVERITIES.length - 1 - index;
};

export const STATUSES = ['new', 'acknowledged', 'in_progress', 'resolved', 'false_positive'];

/** Whether an alert still wants something from people. @param {string} status */
export const isOpen = (status) => status !== 'resolved' && status !== 'false_positive';

/** The ATT&CK tactic that each class of threat mostly serves, in the order of an attack. */
export const TACTICS = [
  { tactic: 'Reconnaissance', classes: ['scan', 'bad_bot'] },
  { tactic: 'Initial access', classes: ['exploit', 'phishing'] },
  { tactic: 'Execution', classes: ['malware'] },
  { tactic: 'Persistence', classes: ['persistence'] },
  { tactic: 'Privilege escalation', classes: ['privilege_escalation'] },
  { tactic: 'Defense evasion', classes: ['defense_evasion'] },
  { tactic: 'Credential access', classes: ['brute_force'] },
  { tactic: 'Exfiltration', classes: ['exfiltration', 'data_leak'] },
  { tactic: 'Impact', classes: ['flood', 'fraud'] },
  { tactic: 'Other', classes: ['anomaly', 'policy'] },
];
