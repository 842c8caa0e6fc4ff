/** A queue that is busy once, and a job that is done when it is asked for the third time. */
let submissions = 0;
let questions = 0;

function failure(name: string, message: string): Error {
  return Object.assign(new Error(message), { name });
}

export const activities = {
  async SubmitJob(input: { report: unknown; requestedBy: unknown; token: string }) {
    submissions++;
    if (submissions === 1) throw failure("Queue.Busy", "try again later");
    return { id: `job-${submissions}`, pollSeconds: 1, requestedBy: input.requestedBy };
  },

  async GetJobStatus(input: { jobId: unknown }) {
    questions++;
    const done = questions >= 3;
    return {
      jobId: input.jobId,
      state: done ? "SUCCEEDED" : "RUNNING",
      progress: done ? 100 : questions * 40,
      worker: "w-7",
    };
  },

  async "states:::sns:publish"(input: { Subject: string; Message: string }) {
    return { MessageId: `message-${input.Subject.length}` };
  },
};
