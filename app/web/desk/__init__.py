"""The review desk 审核工作台: the queue, a case on one page, batch approval, figures of the desk."""
