// As much of the SDK as is used: a bundle takes all of a package that is imported late, and this file's names alone of one that is
// imported here.

export {
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  DetachRolePolicyCommand,
  IAMClient,
} from '@aws-sdk/client-iam';
