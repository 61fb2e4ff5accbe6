// As much of the SDK as is used: a bundle takes all of a package that is imported late, and this file's names alone of one that is
// imported here.

export { DeleteItemCommand, DynamoDBClient, PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
