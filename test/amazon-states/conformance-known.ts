/** Recorded executions that a compiled module does not repeat, with the reason. A case that passes must not be here. */
export const knownDifferences: readonly { readonly reason: string; readonly cases: readonly string[] }[] = [
  {
    reason:
      "AWS itself looked at the task before it began it: the activity was deleted, or a field of the service's request had a wrong form",
    cases: [
      "tests/aws/services/stepfunctions/v2/activities/test_activities.py::TestActivities::test_activity_task_on_deleted#0",
      "tests/aws/services/stepfunctions/v2/services/test_apigetway_task_service.py::TestTaskApiGateway::test_invoke_with_headers[singleStringHeader]#0",
    ],
  },
];
